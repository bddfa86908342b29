"""Says to others that somebody enrolled: today to the learner, by mail; later to whoever else wants to know."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.enrolment_jobs import OfEnrolment
from db.jobs import ClaimedJob
from domain import enrolments
from pipelines.context import StepContext


def work(ctx: StepContext, _: OfEnrolment) -> str:
    """Nothing to do outside the transaction: what is said are rows of their own. Gives the public address of the site."""
    return ctx.settings.api.public_url


async def record(session: AsyncSession, job: ClaimedJob, result: str) -> None:
    """Each is told once, however often this is done."""
    await enrolments.announce(session, msgspec.convert(job.payload, OfEnrolment), result)
