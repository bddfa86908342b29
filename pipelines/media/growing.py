"""Keeps the parts of tracks that grow while one job makes them: stored and committed one by one, fenced by the token."""

from collections import Counter

import msgspec

from core.media import Part
from db.queries.versions import VersionFacts
from pipelines.context import StepContext
from pipelines.media import flow
from pipelines.media.store_parts import store_parts

_AAC_FRAME = 1024


class Keeper:
    """Called with each verified part as it comes.

    A sound is made from its start by every attempt and every run, for joining AAC leaves gaps. All cut at the same samples, so
    segments that count already are dropped, and the rest joins seamlessly under the next number.
    """

    def __init__(self, ctx: StepContext, facts: VersionFacts, *, publish: bool = True) -> None:
        """`publish`: have the playlists written with each part."""
        self._keep = flow.keep_parts if publish else flow.keep_quietly
        self._ctx = ctx
        self._facts = facts
        self._kept = Counter({name: sum(len(part.segments) for part in parts) for name, parts in facts.parts.items()})
        self._numbers = Counter({name: len(parts) for name, parts in facts.parts.items()})
        self._seen: Counter[str] = Counter()

    def keep(self, part: Part) -> None:
        """What is new of `part` counts from here on."""
        fresh = self._new_sound(part) if self._facts.tracks[part.track].kind == "audio" else part
        if fresh is None:
            return
        ctx, of = self._ctx, self._facts
        stored = store_parts(ctx, of.asset_id, of.version_id, [fresh], ctx.scratch, of.content_key)
        ctx.transaction(lambda session: self._keep(session, ctx.job, of.version_id, stored))

    def _new_sound(self, part: Part) -> Part | None:
        old = max(self._kept[part.track] - self._seen[part.track], 0)
        self._seen[part.track] += len(part.segments)
        segments = part.segments[old:]
        if not segments:
            return None
        frames = round(sum(segment.duration_s for segment in segments) * part.timescale / _AAC_FRAME)
        number = self._numbers[part.track]
        self._numbers[part.track] += 1
        return msgspec.structs.replace(part, chunk=number, segments=segments, frames=frames)
