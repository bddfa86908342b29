"""Forgetting finished jobs after their retention, a pipeline only as a whole."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_OLD_JOBS = text("""
    DELETE FROM jobs WHERE id IN (
        SELECT id FROM jobs
        WHERE finished_at < now() - make_interval(secs => :retention_s) AND pipeline_id IS NULL
        ORDER BY finished_at LIMIT :limit)
""")
_OLD_PIPELINES = text("""
    DELETE FROM pipelines WHERE id IN (
        SELECT p.id FROM pipelines p
        WHERE p.created_at < now() - make_interval(secs => :retention_s)
            AND NOT EXISTS (
                SELECT FROM jobs j WHERE j.pipeline_id = p.id
                    AND (j.finished_at IS NULL OR j.finished_at >= now() - make_interval(secs => :retention_s)))
        ORDER BY p.id LIMIT :limit FOR UPDATE SKIP LOCKED)
""")


async def prune(session: AsyncSession, retention_s: float, limit: int = 1000) -> int:
    """Delete up to `limit` old jobs without a pipeline and a tenth as many old pipelines; returns the number of rows."""
    jobs = await session.execute(_OLD_JOBS, {"retention_s": retention_s, "limit": limit})
    pipelines = await session.execute(_OLD_PIPELINES, {"retention_s": retention_s, "limit": limit // 10})
    return _count(jobs) + _count(pipelines)


def _count(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
