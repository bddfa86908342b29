"""What courses say of their length follows their videos: known only once a job has looked at them, and gone with them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.catalog import CourseState, LessonKind
from core.clock import utc_now
from core.course_jobs import RECOUNT
from core.errors import Refused
from core.ids import new_id
from core.media import MediaInfo
from core.settings import Settings
from db import caches
from db.models import Asset, AssetState, Course, File, Job, Lesson, Module
from domain import course_review, courses, curriculum, early, media
from domain.curriculum import LessonDraft
from domain.policies import Actor, Role
from storage.base import Storage
from tests.domain.test_media import INFO, PLAN
from tests.support.assets import add_owner
from tests.support.drain import Drain
from tests.support.wait import eventually
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]


class _World:
    """An author with a published course, and videos that nobody has looked at."""

    def __init__(self, sessions: Sessions, drain: Drain) -> None:
        self.sessions, self.drain = sessions, drain
        self.author: UUID
        self.course_id: UUID

    @property
    def actor(self) -> Actor:
        return Actor(self.author, frozenset({Role.INSTRUCTOR}))

    async def begin(self) -> None:
        async with self.sessions.begin() as session:
            self.author = await add_owner(session)
            now = func.now()
            course = Course(owner_id=self.author, slug="a", title="A", state=CourseState.PUBLISHED, published_at=now)
            session.add(course)
            await session.flush()
            self.course_id = course.id
            session.add(Module(course_id=course.id, title="M", position="V"))

    async def video(self) -> UUID:
        async with self.sessions.begin() as session:
            asset = Asset(id=new_id(), owner_id=self.author, title="Film", filename="f.mp4", state=AssetState.UPLOADING)
            session.add(asset)
        return asset.id

    @asynccontextmanager
    async def shows(self, asset_id: UUID, **more: Any) -> AsyncIterator[None]:
        """A transaction that adds a lesson with the video; it commits at the end."""
        async with self.sessions.begin() as session:
            await self.add(session, asset_id, **more)
            yield

    async def add(self, session: AsyncSession, asset_id: UUID, **more: Any) -> Lesson:
        course = await courses.editable_course(session, self.actor, self.course_id)
        module = (await session.scalars(select(Module).where(Module.course_id == self.course_id))).one()
        draft = LessonDraft(title="L", kind=LessonKind.VIDEO, asset_id=asset_id, **more)
        return await curriculum.add_lesson(session, self.actor, course, module, draft)

    async def totals(self) -> tuple[int, int, int]:
        """Lessons, seconds and revision of the course."""
        async with self.sessions() as session:
            course = await session.get_one(Course, self.course_id)
            return course.lesson_count, course.duration_s, course.revision


@pytest.fixture
async def world(session_factory: Sessions, settings: Settings, storage: Storage, tools: Tools) -> _World:
    world = _World(session_factory, Drain(settings, session_factory, storage, tools))
    await world.begin()
    return world


async def _inspected(world: _World, asset_id: UUID, info: MediaInfo = INFO) -> None:
    async with world.sessions.begin() as session:
        asset = await session.get_one(Asset, asset_id)
        if asset.state is AssetState.UPLOADING:
            asset.state = AssetState.UPLOADED
        await session.flush()
        await media.inspected(session, asset_id, info, PLAN)


async def _blocked(world: _World) -> None:
    """Until another transaction waits for ours."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

    async def found() -> bool:
        async with world.sessions() as session:
            return bool(await session.scalar(waiting))

    check: Callable[[], bool | Awaitable[bool]] = found
    await eventually(check, "a transaction that waits")


async def _recount(world: _World) -> int:
    """Does the jobs that count; returns how many there were."""
    async with world.sessions() as session:
        due = list(await session.scalars(select(Job.id).where(Job.kind == RECOUNT.name, Job.state == "available")))
    for job_id in due:
        await world.drain.one(job_id)
    return len(due)


async def test_a_course_is_as_long_as_its_videos_once_they_are_known(world: _World) -> None:
    asset_id = await world.video()
    async with world.shows(asset_id, minutes=10):
        pass
    assert await world.totals() == (1, 600, 2)
    await _inspected(world, asset_id)
    assert await _recount(world) == 1
    assert await world.totals() == (1, 4, 3)
    # A re-encode finds the same video again.
    await _inspected(world, asset_id)
    assert await _recount(world) == 0


async def test_it_is_known_from_the_head_of_an_upload(world: _World) -> None:
    asset_id = await world.video()
    async with world.shows(asset_id):
        pass
    async with world.sessions.begin() as session:
        await early.planned(session, asset_id, INFO, PLAN)
    await _recount(world)
    assert (await world.totals())[1] == 4


async def test_a_video_that_is_deleted_takes_its_length_along(world: _World) -> None:
    asset_id = await world.video()
    async with world.shows(asset_id):
        pass
    await _inspected(world, asset_id)
    await _recount(world)
    async with world.sessions.begin() as session:
        await media.delete_asset(session, asset_id)
    await _recount(world)
    assert await world.totals() == (1, 0, 4)


async def test_what_is_learnt_while_a_lesson_is_written_is_not_missed(world: _World) -> None:
    asset_id = await world.video()
    async with world.shows(asset_id):
        learning = asyncio.create_task(_inspected(world, asset_id))
        await _blocked(world)
    await learning
    assert await _recount(world) == 1
    assert (await world.totals())[1] == 4


async def test_a_video_can_not_be_shown_while_it_is_deleted(world: _World) -> None:
    asset_id = await world.video()

    async def show() -> str:
        try:
            async with world.shows(asset_id):
                return "shown"
        except Refused as refused:
            return refused.code

    async with world.sessions.begin() as session:
        await media.delete_asset(session, asset_id)
        showing = asyncio.create_task(show())
        await _blocked(world)
    assert await showing == "lesson.asset_unknown"


async def test_deleting_a_video_and_changing_its_lesson_wait_for_each_other(world: _World) -> None:
    asset_id = await world.video()
    async with world.sessions.begin() as session:
        lesson_id = (await world.add(session, asset_id)).id

    async def remove() -> None:
        async with world.sessions.begin() as session:
            await media.delete_asset(session, asset_id)

    async with world.sessions.begin() as session:
        course, lesson = await curriculum.editable_lesson(session, world.actor, lesson_id)
        lesson.title = "Another"
        await session.flush()
        removing = asyncio.create_task(remove())
        await _blocked(world)
        await curriculum.change_lesson(session, world.actor, course, lesson, {"minutes": 3})
    await removing
    await _recount(world)
    assert (await world.totals())[1] == 180


async def test_a_file_is_given_to_one_course_alone(world: _World) -> None:
    async with world.sessions.begin() as session:
        file = File(id=new_id(), owner_id=world.author, filename="a.pdf", state="uploading", size=1)
        other = Course(owner_id=world.author, slug="b", title="B")
        session.add_all([file, other])
        await session.flush()
        session.add(Module(course_id=other.id, title="M", position="V"))

    async def add(course_id: UUID, meanwhile: Callable[[], Awaitable[None]] | None = None) -> str:
        try:
            async with world.sessions.begin() as session:
                course = await courses.editable_course(session, world.actor, course_id)
                module = (await session.scalars(select(Module).where(Module.course_id == course_id))).one()
                draft = LessonDraft(title="L", kind=LessonKind.FILE, file_id=file.id)
                await curriculum.add_lesson(session, world.actor, course, module, draft)
                if meanwhile:
                    await meanwhile()
                return "added"
        except Refused as refused:
            return refused.code

    late: list[asyncio.Task[str]] = []

    async def meanwhile() -> None:
        late.append(asyncio.create_task(add(other.id)))
        await _blocked(world)

    assert await add(world.course_id, meanwhile) == "added"
    assert await late[0] == "lesson.file_unknown"
    async with world.sessions() as session:
        assert (await session.get_one(File, file.id)).course_id == world.course_id


async def test_courses_that_are_gone_are_not_counted(world: _World) -> None:
    async with world.sessions.begin() as session:
        await session.execute(delete(Course))
        await courses.recount(session, [world.course_id])


async def test_products_hear_of_courses_that_come_and_go(world: _World) -> None:
    async with world.sessions.begin() as session:
        course = await courses.editable_course(session, world.actor, world.course_id)
        await course_review.archive(session, world.actor, course, utc_now())
        assert session.info["touched_areas"] == {caches.CATALOG, caches.PRODUCTS}
