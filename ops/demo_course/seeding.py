"""Makes the demo course once: published, free, the operator's.

What has happened is told by the audit log, which nobody changes: who deletes the course does not get it again. Before that
entry is written, which happens together with the course, every start may begin anew; a video that is there is taken.
"""

import asyncio
import tempfile
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.settings import Settings
from db.queries import assets as asset_queries
from db.queries import course_documents as queries
from db.queries import users as user_queries
from db.redis import BriefRedis
from db.session import make_engine, make_session_factory
from domain import audit, course_documents, course_review
from domain.policies import Actor
from ops.accounts import OPERATOR_EMAIL
from ops.demo.lecture.render import render_lecture
from ops.demo_course.content import LECTURE, SLIDE_S, VIDEO, VIDEO_TITLE, read_course
from ops.intake import bring_in
from transcoding.tools import find_tools

MADE = "demo_course.made"


async def is_wanted(session: AsyncSession) -> bool:
    """Whether the course has never been made."""
    return not await queries.was_noted(session, MADE)


async def make_course(session: AsyncSession, asset_id: UUID) -> UUID:
    """The course with this video, published, and the note that it was made, in one transaction; returns its id.

    Its video may still be being encoded: learners see it as soon as it plays.
    """
    operator = await user_queries.by_email(session, OPERATOR_EMAIL)
    assert operator is not None  # the first of the first steps
    actor = Actor(operator.id, frozenset(operator.roles))
    made, _ = await course_documents.make(session, actor, read_course(), source="demo", given={VIDEO: asset_id})
    await course_review.publish(session, actor, made, utc_now(), complete=False)
    await audit.note(session, None, MADE, "course", made.id, slug=made.slug)
    return made.id


async def seed(settings: Settings) -> UUID | None:
    """Render the lecture (a few seconds), upload it as the operator's, and make the course; None: it was made before.

    Raises AulaError, OSError or subprocess.SubprocessError when that fails; the next call goes on where this one stopped.
    """
    engine = make_engine(settings.database, application_name="aula-cli", profile="api")
    sessions = make_session_factory(engine, BriefRedis(settings.redis.redis_url))
    try:
        async with sessions() as session:
            if not await is_wanted(session):
                return None
            asset_id = await asset_queries.named(session, OPERATOR_EMAIL, VIDEO)
        if asset_id is None:
            asset_id = await _bring_in_lecture(settings)
        async with sessions.begin() as session:
            return await make_course(session, asset_id)
    finally:
        await engine.dispose()


async def _bring_in_lecture(settings: Settings) -> UUID:
    with tempfile.TemporaryDirectory(prefix="aula-up-") as folder:
        target = Path(folder) / VIDEO
        ffmpeg = find_tools(settings.media).ffmpeg
        lecture = await asyncio.to_thread(render_lecture, ffmpeg, target, slides=LECTURE, slide_s=SLIDE_S)
        return await bring_in(settings, lecture, OPERATOR_EMAIL, VIDEO_TITLE)
