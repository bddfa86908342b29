"""What a new platform gets: an operator's account and a demo course to look at."""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from ops import accounts
from ops.demo_course import seeding


async def ensure_operator(session: AsyncSession, settings: Settings, password: str) -> UUID:
    """The operator's account, made if it is not there."""
    return await accounts.ensure_operator(session, settings.api, password)


def ensure_demo_course(settings: Settings) -> UUID | None:
    """The demo course, made unless it was made before; returns its id if it is new."""
    return asyncio.run(seeding.seed(settings))
