"""The leader's chores, one by one."""

from core.settings import JobSettings
from db.jobs.locks import lock_pipeline
from db.session import SessionFactory
from tests.engine.toys import expire, put, put_pipeline, start, states
from workers.chores import Chores


async def test_a_locked_pipeline_holds_up_no_other_rescue(session_factory: SessionFactory) -> None:
    locked, free = await put_pipeline(session_factory), await put_pipeline(session_factory)
    (stuck,) = await put(session_factory, "stuck", pipeline_id=locked)
    (lost,) = await put(session_factory, "lost", pipeline_id=free)
    for job_id in (stuck, lost):
        await start(session_factory, job_id)
        async with session_factory.begin() as session:
            await expire(session, job_id)
    chores = Chores(session_factory, JobSettings(), {})
    async with session_factory.begin() as holder:
        await lock_pipeline(holder, locked)
        await chores.rescue(orphans_only=False)
    assert await states(session_factory, stuck, lost) == ["running", "available"]
    await chores.rescue(orphans_only=False)
    assert await states(session_factory, stuck) == ["available"]
