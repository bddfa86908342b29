"""Campaigns: a few versions at a time, each asset once, whatever comes in between."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.clock import utc_now
from core.errors import Refused
from core.ids import new_id
from core.jobs import JobState
from core.media_jobs import INSPECT_SOURCE, REENCODE, RUN_CAMPAIGN
from core.settings import Settings
from db import jobs
from db.models import Asset, Campaign, Job, Pipeline, Version
from db.queries import campaigns as queries
from db.queries.campaigns import CampaignView, Filters
from domain import campaigns, media
from storage.base import Storage
from tests.support.assets import add_owner
from tests.support.drain import Drain
from tests.support.films import make_film
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def films(session_factory: Sessions, storage: Storage) -> list[UUID]:
    """Five ready assets, in the order of their ids; of each the stream is as many days old as there are behind it."""
    async with session_factory.begin() as session:
        owner = await add_owner(session)
    made = sorted([(await make_film(session_factory, storage, owner)).asset_id for _ in range(5)])
    async with session_factory.begin() as session:
        for age, asset_id in enumerate(reversed(made)):
            of = update(Version).where(Version.asset_id == asset_id)
            await session.execute(of.values(live_at=utc_now() - timedelta(days=age, minutes=1)))
    return made


@pytest.fixture
async def look(settings_with: Callable[..., Settings], session_factory: Sessions, storage: Storage, tools: Tools) -> Drain:
    """Runs what is due, but no encodes."""
    return Drain(settings_with(campaign_open=2), session_factory, storage, tools)


async def _begin(sessions: Sessions, **filters: int) -> UUID:
    async with sessions.begin() as session:
        return (await campaigns.begin(session, None, "small", "fewer bytes", Filters(**filters))).id


async def _look(look: Drain, sessions: Sessions) -> None:
    """The campaign's next job, though its time has not come."""
    async with sessions() as session:
        waits = select(Job.id).where(Job.kind == RUN_CAMPAIGN.name, Job.state.in_((JobState.AVAILABLE, JobState.RETRYABLE)))
        job_id = (await session.scalars(waits)).one()
    async with sessions.begin() as session:
        due = update(Job).where(Job.id == job_id)
        await session.execute(due.values(state=JobState.AVAILABLE, run_at=utc_now() - timedelta(seconds=1)))
    await look.one(job_id)


async def _being_made(sessions: Sessions) -> list[UUID | None]:
    async with sessions() as session:
        query = select(Pipeline.subject_id).where(Pipeline.kind == REENCODE).order_by(Pipeline.id)
        return list(await session.scalars(query))


async def _end_all(sessions: Sessions) -> None:
    """Whatever is being made has been made."""
    async with sessions.begin() as session:
        ours = Job.pipeline_id.in_(select(Pipeline.id).where(Pipeline.kind == REENCODE))
        await session.execute(update(Job).where(ours).values(state=JobState.CANCELLED, finished_at=utc_now()))


async def _view(sessions: Sessions, campaign_id: UUID) -> CampaignView:
    async with sessions() as session:
        found = await queries.one(session, campaign_id)
    assert found is not None
    return found


async def test_a_campaign_takes_every_asset_once_and_a_few_at_a_time(
    look: Drain, session_factory: Sessions, films: list[UUID]
) -> None:
    campaign_id = await _begin(session_factory)
    for so_far in (2, 4):
        await _look(look, session_factory)
        await _look(look, session_factory)  # nothing has ended meanwhile: nothing is begun
        assert await _being_made(session_factory) == films[:so_far]
        seen = await _view(session_factory, campaign_id)
        assert (seen.started, seen.open, seen.left, seen.finished_at) == (so_far, 2, 5 - so_far, None)
        await _end_all(session_factory)
    await _look(look, session_factory)
    assert await _being_made(session_factory) == films
    seen = await _view(session_factory, campaign_id)
    assert (seen.started, seen.open, seen.left) == (5, 1, 0)
    assert seen.finished_at is not None
    async with session_factory() as session:
        payloads = await session.scalars(select(Job.payload).where(Job.kind == "media.inspect_source"))
        assert {(payload["profile"], payload["reason"]) for payload in payloads} == {("small", "fewer bytes")}


async def test_a_campaign_goes_on_after_a_worker_died_half_way(
    look: Drain, session_factory: Sessions, films: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    await _begin(session_factory)

    async def dies(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(campaigns, "_go_on", dies)
        await _look(look, session_factory)
    assert await _being_made(session_factory) == []
    await _look(look, session_factory)
    assert await _being_made(session_factory) == films[:2]


async def test_a_campaign_may_ask_for_old_streams_and_for_few(
    look: Drain, session_factory: Sessions, films: list[UUID]
) -> None:
    campaign_id = await _begin(session_factory, older_than_days=3, limit=1)
    assert (await _view(session_factory, campaign_id)).left == 1
    await _look(look, session_factory)
    assert await _being_made(session_factory) == films[:1]
    assert (await _view(session_factory, campaign_id)).finished_at is not None


async def test_an_asset_that_is_worked_on_already_is_left_out(
    look: Drain, session_factory: Sessions, films: list[UUID]
) -> None:
    await _begin(session_factory, limit=1)
    await _look(look, session_factory)
    campaign_id = await _begin(session_factory)
    await _look(look, session_factory)
    assert await _being_made(session_factory) == films[:2]
    assert (await _view(session_factory, campaign_id)).started == 1
    async with session_factory.begin() as session:
        await session.execute(update(Asset).where(Asset.id == films[2]).values(original_key=None))
    await _look(look, session_factory)
    assert await _being_made(session_factory) == [*films[:2], films[3]]


async def test_a_campaign_that_is_cancelled_takes_no_more_and_gives_up_what_it_has_begun(
    look: Drain, session_factory: Sessions, films: list[UUID]
) -> None:
    campaign_id = await _begin(session_factory)
    await _look(look, session_factory)
    async with session_factory.begin() as session:
        await campaigns.cancel(session, campaign_id)
    await _look(look, session_factory)
    assert await _being_made(session_factory) == films[:2]
    seen = await _view(session_factory, campaign_id)
    assert (seen.open, seen.left) == (0, 0)
    async with session_factory() as session:
        assert await session.scalar(select(Job).where(Job.kind == RUN_CAMPAIGN.name, Job.finished_at.is_(None))) is None
        assert (await session.get_one(Campaign, campaign_id)).finished_at is not None
    with pytest.raises(Refused) as refused:
        async with session_factory.begin() as session:
            await campaigns.cancel(session, campaign_id)
    assert refused.value.code == "campaign.finished"


async def test_a_campaign_ends_although_an_asset_of_it_has_been_deleted(
    look: Drain, session_factory: Sessions, films: list[UUID]
) -> None:
    campaign_id = await _begin(session_factory)
    await _look(look, session_factory)
    async with session_factory.begin() as session:
        inspect = await session.scalar(select(Job.id).where(Job.kind == INSPECT_SOURCE.name).order_by(Job.id).limit(1))
        assert inspect is not None
        assert await jobs.claim(session, inspect, new_id(), 60.0) is not None
    async with session_factory.begin() as session:
        await media.delete_asset(session, films[0])
    async with session_factory.begin() as session:
        await campaigns.cancel(session, campaign_id)
    assert (await _view(session_factory, campaign_id)).finished_at is not None
