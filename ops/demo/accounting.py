"""How much work an asset took: its jobs and their attempts, read from the platform's own database."""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import DatabaseSettings
from db.queries import ops as queries
from db.session import make_engine, make_session_factory


async def _count(session: AsyncSession, asset_id: UUID) -> tuple[int, int]:
    total = attempts = 0
    for view in await queries.pipelines(session):
        detail = await queries.pipeline(session, view.id) if view.subject_id == asset_id else None
        if detail is not None:
            # give_up waits for a failure that never came: what was not begun is not counted.
            begun = [job.attempt for job in detail.jobs if job.attempt]
            total, attempts = total + len(begun), attempts + sum(begun)
    return total, attempts


def count_jobs(database_url: str, asset_id: str) -> tuple[int, int]:
    """(jobs that were begun, their attempts) of all pipelines about the asset."""

    async def work() -> tuple[int, int]:
        settings = DatabaseSettings(database_url=database_url, db_pool_size=1)
        engine = make_engine(settings, application_name="aula-demo", profile="api")
        try:
            async with make_session_factory(engine)() as session:
                return await _count(session, UUID(asset_id))
        finally:
            await engine.dispose()

    return asyncio.run(work())
