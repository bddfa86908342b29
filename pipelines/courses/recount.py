"""Counts courses anew whose videos have become known, or have gone: how long they take is shown in the catalogue."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.course_jobs import OfCourses
from db.jobs import ClaimedJob
from domain import courses
from pipelines.context import StepContext


def work(_: StepContext, __: OfCourses) -> None:
    """Nothing to do outside the transaction."""


async def record(session: AsyncSession, job: ClaimedJob, _: None) -> None:
    """The courses as they are now, with new revisions."""
    await courses.recount(session, msgspec.convert(job.payload, OfCourses).course_ids)
