"""Sends the link that sets a new password, if the address that somebody typed belongs to an account."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.account_jobs import OfAddress
from core.clock import utc_now
from db.jobs import ClaimedJob
from domain import credentials
from pipelines.context import StepContext


@dataclass(frozen=True, slots=True)
class Site:
    """Where the link leads."""

    public_url: str


def work(ctx: StepContext, _: OfAddress) -> Site:
    """Nothing but to know the site's address; all else is facts."""
    return Site(ctx.settings.api.public_url)


async def record(session: AsyncSession, job: ClaimedJob, result: Site) -> None:
    """The token and the mail, in one transaction with the end of this job."""
    await credentials.send_reset(session, msgspec.convert(job.payload, OfAddress).email, utc_now(), result.public_url)
