"""Whether the database answers."""

from sqlalchemy import literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession


async def ping(session: AsyncSession) -> None:
    """One round trip. Raises what the driver raises."""
    await session.scalar(select(literal(1)))


async def server_version(session: AsyncSession) -> str:
    """The server's version in its own words, and the schema's revision (`none` before the first migration)."""
    version: str = (await session.execute(text("SHOW server_version"))).scalar_one()
    has_revision = (await session.execute(text("SELECT to_regclass('alembic_version')"))).scalar_one()
    revision = "none"
    if has_revision is not None:
        revision = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none() or "none"
    return f"PostgreSQL {version}, schema {revision}"
