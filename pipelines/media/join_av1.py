"""Looks at AV1 rungs that are whole as a player would, and only then lets the master name them."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Transient
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.queries.versions import VersionFacts
from pipelines.context import StepContext
from pipelines.media import check_playback, flow
from transcoding import playlists


async def load(session: AsyncSession, job: ClaimedJob) -> VersionFacts:
    """What should be there."""
    return await check_playback.load(session, job)


def work(ctx: StepContext, facts: VersionFacts) -> list[str]:
    """Their names. Raises Transient `media.check_failed` unless all is stored, cut like the rest, and readable at both ends."""
    wanted = [rung for rung in facts.plan.rungs if rung.codec == "av1"]
    lengths = {rung.name: _lengths(facts, rung.name) for rung in facts.plan.rungs}
    problems = []
    for number, rung in enumerate(wanted):
        ctx.progress(number / len(wanted))
        if not playlists.complete({rung.name: facts.parts[rung.name]}, facts.plan):
            problems.append(f"{rung.name} is not there to its end")
        if check_playback.differ(lengths[rung.name], lengths[facts.plan.h264[0].name], check_playback.tolerance_s(facts)):
            problems.append(f"{rung.name} is not cut like the other rungs")
        problems += check_playback.object_problems(ctx, facts, rung.name)
        if not problems:
            check_playback.decode_ends(ctx, facts, rung.name)
    if problems:
        raise Transient("media.check_failed", f"The AV1 rungs are not whole: {problems[0]}.", problems=problems[:20])
    return [rung.name for rung in wanted]


def _lengths(facts: VersionFacts, track: str) -> list[float]:
    return [segment.duration_s for part in facts.parts[track] for segment in part.segments]


async def record(session: AsyncSession, job: ClaimedJob, result: list[str]) -> None:
    """They join."""
    await flow.after_av1_joined(session, job, msgspec.convert(job.payload, OfVersion).version_id, result)
