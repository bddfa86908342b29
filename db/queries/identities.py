"""Reads of who users are at OpenID Connect providers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Identity


async def of_user(session: AsyncSession, user_id: UUID) -> Sequence[Identity]:
    """Where the user may sign in besides here."""
    query = select(Identity).where(Identity.user_id == user_id)
    return (await session.scalars(query.order_by(Identity.provider, Identity.subject))).all()
