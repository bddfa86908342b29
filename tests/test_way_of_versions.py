"""The way of a further version: made behind a stream that plays, flipped when whole, the old one gone when nobody plays it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.clock import utc_now
from core.errors import Refused
from core.jobs import JobState
from core.media_jobs import AV1, BACKGROUND, ENCODE_AV1, ENCODE_CHUNK, INGEST, REENCODE, RETIRE_VERSION, WRITE_PLAYLISTS
from core.settings import Settings
from db.models import Asset, AssetState, Job, PartRow, Pipeline, PlaybackSession, Track, Version, VersionState
from db.queries.media import asset_progress
from domain import media, playback, versions
from domain.policies import Actor
from pipelines.media.playlist_reader import read_master
from storage import keys
from storage.base import Storage
from tests.support.assets import asset_of, upload
from tests.support.clips import NEVER_COPIED, make_numbered
from tests.support.drain import Drain
from tests.support.published import Published
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]
MakeDrain = Callable[..., Drain]


@pytest.fixture(scope="session")
def clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of small numbered pictures, too small for a second rung, and silent."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return make_numbered(tools, path, frames=30, rate="10", size=(64, 48), options=NEVER_COPIED)


@pytest.fixture
async def drain_with(
    settings_with: Callable[..., Settings], session_factory: Sessions, storage: Storage, tools: Tools
) -> MakeDrain:
    """Makes a drain: `drain_with(media_av1="on")`. Retired versions go at once."""
    return lambda **values: Drain(settings_with(**{"version_grace_s": 0, **values}), session_factory, storage, tools)


@pytest.fixture
async def drain(drain_with: MakeDrain) -> Drain:
    return drain_with()


@pytest.fixture
async def asset_id(drain: Drain, session_factory: Sessions, storage: Storage, clip: Path) -> UUID:
    """A ready asset."""
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    return asset_id


async def _reencode(sessions: Sessions, asset_id: UUID, reason: str = "a new ladder") -> UUID:
    async with sessions.begin() as session:
        return await versions.reencode(session, asset_id, "fast", reason)


async def _versions(sessions: Sessions, asset_id: UUID) -> list[tuple[VersionState, str]]:
    async with sessions() as session:
        query = select(Version).where(Version.asset_id == asset_id).order_by(Version.id)
        return [(version.state, version.plan["profile"]) for version in await session.scalars(query)]


async def _live(sessions: Sessions, storage: Storage, asset_id: UUID) -> Published:
    asset = await asset_of(sessions, asset_id)
    assert asset.live_version_id is not None
    return Published(storage, asset_id, asset.live_version_id)


async def _watch(sessions: Sessions, settings: Settings, asset_id: UUID) -> UUID:
    """A session of the owner's; returns its id."""
    async with sessions.begin() as session:
        asset = await session.get_one(Asset, asset_id)
        actor = Actor(asset.owner_id, frozenset({"instructor"}))
        return (await playback.admit(session, actor, asset_id, utc_now(), 600, settings.media)).session.id


async def _renew(sessions: Sessions, session_id: UUID) -> UUID:
    """Renew; returns the version that the session plays."""
    async with sessions.begin() as session:
        row = await session.get_one(PlaybackSession, session_id)
        assert row.user_id is not None
        admission = await playback.renew(session, Actor(row.user_id, frozenset()), session_id, utc_now(), 600)
        assert admission is not None
        return admission.version.id


async def _expire(sessions: Sessions, session_id: UUID) -> None:
    async with sessions.begin() as session:
        over = update(PlaybackSession).where(PlaybackSession.id == session_id)
        await session.execute(over.values(expires_at=utc_now() - timedelta(seconds=1)))


async def _make_due(sessions: Sessions) -> None:
    """Whatever waits for its time has waited long enough."""
    async with sessions.begin() as session:
        later = update(Job).where(Job.kind == RETIRE_VERSION.name, Job.state == JobState.RETRYABLE)
        await session.execute(later.values(run_at=utc_now() - timedelta(seconds=1)))


async def test_a_new_version_takes_the_place_of_the_live_one_when_it_is_whole(
    drain: Drain, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    old = await _live(session_factory, storage, asset_id)
    await _reencode(session_factory, asset_id)
    await drain.until(lambda job: job.kind == "media.publish")
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.live_version_id, asset.playable_version_id) == (
        AssetState.READY, old.version_id, old.version_id,
    )  # fmt: skip
    await drain.all()
    new = await _live(session_factory, storage, asset_id)
    assert new.version_id != old.version_id
    assert await _versions(session_factory, asset_id) == [(VersionState.RETIRED, "fast"), (VersionState.LIVE, "fast")]
    assert new.stored() == new.referenced()
    assert (await asset_of(session_factory, asset_id)).ready_at == asset.ready_at


async def test_everything_of_a_further_version_goes_behind_all_first_time_work(
    drain: Drain, session_factory: Sessions, asset_id: UUID
) -> None:
    pipeline_id = await _reencode(session_factory, asset_id, "because")
    await drain.all()
    async with session_factory() as session:
        ours = list(await session.scalars(select(Job).where(Job.pipeline_id == pipeline_id)))
        others = list(await session.scalars(select(Job).join(Pipeline).where(Pipeline.kind == INGEST)))
    assert min(job.priority for job in ours) >= BACKGROUND > max(job.priority for job in others)
    assert {job.kind for job in ours} >= {ENCODE_CHUNK.name, WRITE_PLAYLISTS.name}
    assert [job.payload["reason"] for job in ours if "reason" in job.payload] == ["because"]


async def test_a_further_version_is_no_progress_of_the_asset(drain: Drain, session_factory: Sessions, asset_id: UUID) -> None:
    await _reencode(session_factory, asset_id)
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name)
    async with session_factory() as session:
        progress = await asset_progress(session, asset_id)
    assert progress is not None
    assert (progress.stage, progress.percent, progress.queue_position) == ("done", 100.0, None)


async def test_only_one_further_version_is_made_at_a_time_and_only_of_what_is_ready(
    drain: Drain, session_factory: Sessions, storage: Storage, asset_id: UUID, clip: Path
) -> None:
    await _reencode(session_factory, asset_id)
    with pytest.raises(Refused) as refused:
        await _reencode(session_factory, asset_id)
    assert refused.value.code == "asset.reencode_running"
    unready = await upload(session_factory, storage, clip)
    with pytest.raises(Refused) as refused:
        await _reencode(session_factory, unready)
    assert refused.value.code == "asset.not_ready"


async def test_a_further_version_that_fails_leaves_the_asset_as_it_was(
    drain: Drain, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    old = await _live(session_factory, storage, asset_id)
    await _reencode(session_factory, asset_id)
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name)
    storage.put_bytes(keys.original(asset_id), b"not a video any more")
    await drain.all()
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.live_version_id, asset.failure_code) == (AssetState.READY, old.version_id, None)
    assert asset.original_key is not None
    assert [state for state, _ in await _versions(session_factory, asset_id)] == [VersionState.LIVE, VersionState.FAILED]
    assert {info.key.split("/")[2] for info in storage.list(f"hls/{asset_id}/")} == {str(old.version_id)}
    await _reencode(session_factory, asset_id)


async def test_a_further_version_can_be_given_up(
    drain: Drain, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    old = await _live(session_factory, storage, asset_id)
    await _reencode(session_factory, asset_id)
    await drain.until(lambda job: job.kind == "media.check_playback")
    async with session_factory.begin() as session:
        await versions.cancel_reencode(session, asset_id)
    await drain.all()
    assert {info.key.split("/")[2] for info in storage.list(f"hls/{asset_id}/")} == {str(old.version_id)}
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
    with pytest.raises(Refused) as refused:
        async with session_factory.begin() as session:
            await versions.cancel_reencode(session, asset_id)
    assert refused.value.code == "asset.no_reencode"


async def test_deleting_an_asset_ends_the_work_on_its_further_version(
    drain: Drain, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    await _reencode(session_factory, asset_id)
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name)
    async with session_factory.begin() as session:
        await media.delete_asset(session, asset_id)
    history = await drain.all()
    assert ENCODE_CHUNK.name not in history
    assert list(storage.list("")) == []


async def test_a_running_session_keeps_its_version_until_it_ends(
    drain: Drain, settings: Settings, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    old = await _live(session_factory, storage, asset_id)
    watching = await _watch(session_factory, settings, asset_id)
    await _reencode(session_factory, asset_id)
    await drain.all()
    new = await _live(session_factory, storage, asset_id)
    assert await _renew(session_factory, watching) == old.version_id != new.version_id
    await _make_due(session_factory)
    await drain.all()
    assert old.stored() == old.referenced() != set()
    assert await _renew(session_factory, await _watch(session_factory, settings, asset_id)) == new.version_id
    await _expire(session_factory, watching)
    await _make_due(session_factory)
    await drain.all()
    assert {info.key.split("/")[2] for info in storage.list(f"hls/{asset_id}/")} == {str(new.version_id)}
    assert {info.key.split("/")[2] for info in storage.list(f"stills/{asset_id}/")} == {str(new.version_id)}
    async with session_factory() as session:
        for table in (Track, PartRow):
            assert set(await session.scalars(select(table.version_id))) == {new.version_id}
    assert await _renew(session_factory, watching) == new.version_id


async def test_a_retired_version_stays_for_its_grace_though_nobody_plays_it(
    drain_with: MakeDrain, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    old = await _live(session_factory, storage, asset_id)
    await _reencode(session_factory, asset_id)
    patient = drain_with(version_grace_s=3600)
    await patient.all()
    assert old.stored() == old.referenced() != set()
    async with session_factory() as session:
        waits = await session.scalar(select(Job).where(Job.kind == RETIRE_VERSION.name, Job.state == JobState.RETRYABLE))
        version = await session.get_one(Version, old.version_id)
    assert waits is not None
    assert version.retired_at is not None
    assert abs(waits.run_at - version.retired_at - timedelta(hours=1)) < timedelta(minutes=5)


async def test_what_the_fast_lane_gave_up_goes_once_it_is_replaced(
    drain: Drain, settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    source = make_numbered(tools, tmp_path / "copied.mp4", frames=100, size=(160, 120), options=["-g", "50"])
    asset_id = await upload(session_factory, storage, source)
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name or job.kind == "media.copy_rest")
    asset = await asset_of(session_factory, asset_id)
    assert asset.playable_version_id is not None
    watching = await _watch(session_factory, settings, asset_id)
    async with session_factory.begin() as session:
        by = await session.scalar(select(Job).where(Job.kind == "media.copy_rest"))
        assert by is not None
        assert by.pipeline_id is not None
        await media.replan(session, asset_id, pipeline_id=by.pipeline_id, by=by.id)
    assert await _renew(session_factory, watching) == asset.playable_version_id
    await drain.all()
    new = await _live(session_factory, storage, asset_id)
    # It will never grow: whoever plays it moves on.
    assert await _renew(session_factory, watching) == new.version_id != asset.playable_version_id
    await _make_due(session_factory)
    await drain.all()
    assert {info.key.split("/")[2] for info in storage.list(f"hls/{asset_id}/")} == {str(new.version_id)}


@pytest.mark.parametrize("policy", ["off", "on", "watched"])
async def test_the_small_profile_is_made_once_when_the_policy_says_so(
    drain_with: MakeDrain, settings_with: Callable[..., Settings], session_factory: Sessions, storage: Storage, clip: Path,
    policy: str,
) -> None:  # fmt: skip
    values = {"media_small": policy, "media_small_watched": 2}
    drain, settings = drain_with(**values), settings_with(**values)
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    for _ in range(3):
        await _watch(session_factory, settings, asset_id)
        await drain.all()
        if policy == "watched" and (await asset_of(session_factory, asset_id)).watched < 2:
            assert len(await _versions(session_factory, asset_id)) == 1
    profiles = [profile for _, profile in await _versions(session_factory, asset_id)]
    assert profiles == (["fast"] if policy == "off" else ["fast", "small"])
    # Once: not again after the next version.
    await _reencode(session_factory, asset_id)
    await drain.all()
    assert [profile for _, profile in await _versions(session_factory, asset_id)].count("small") == (policy != "off")


@pytest.mark.parametrize("encrypted", [False, True])
async def test_av1_joins_the_live_version_when_it_is_whole(
    drain_with: MakeDrain, session_factory: Sessions, storage: Storage, clip: Path, encrypted: bool
) -> None:
    drain = drain_with(media_av1="on")
    asset_id = await upload(session_factory, storage, clip)
    async with session_factory.begin() as session:
        await session.execute(update(Asset).where(Asset.id == asset_id).values(options={"encrypted": encrypted}))
    await drain.until(lambda job: job.kind == "media.join_av1")
    published = await _live(session_factory, storage, asset_id)
    assert published.tracks == ["48p"]
    await drain.all()
    assert published.tracks == ["48p", "48p-av1"]
    text = storage.read_bytes(keys.master(asset_id, published.version_id)).decode()
    codecs = {rendition.uri.split("/")[0]: rendition.codecs for rendition in read_master(text)}
    assert codecs["48p-av1"] == "av01.0.00M.08"
    assert published.playlist("48p-av1").ended
    assert published.stored() == published.referenced()
    async with session_factory() as session:
        ours = list(await session.scalars(select(Job).join(Pipeline).where(Pipeline.kind == AV1)))
        tracks = await session.scalars(select(Track).where(Track.version_id == published.version_id))
        assert {track.name: track.core for track in tracks}["48p-av1"] is False
    assert min(job.priority for job in ours) >= BACKGROUND
    assert all(job.state in (JobState.COMPLETED, JobState.CANCELLED) for job in ours)


async def test_av1_follows_the_watching_and_the_wish_of_the_owner(
    drain_with: MakeDrain, settings_with: Callable[..., Settings], session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    values = {"media_av1": "watched", "media_av1_watched": 2}
    drain, settings = drain_with(**values), settings_with(**values)
    follows, never = [await upload(session_factory, storage, clip) for _ in range(2)]
    async with session_factory.begin() as session:
        await session.execute(update(Asset).where(Asset.id == never).values(options={"av1": "off"}))
    await drain.all()
    for asset_id in (follows, never):
        await _watch(session_factory, settings, asset_id)
        assert ENCODE_AV1.name not in await drain.all()
    await _watch(session_factory, settings, never)
    assert ENCODE_AV1.name not in await drain.all()
    await _watch(session_factory, settings, follows)
    assert ENCODE_AV1.name in await drain.all()
    assert "48p-av1" in (await _live(session_factory, storage, follows)).tracks


async def test_av1_that_fails_leaves_nothing_and_harms_nobody(
    drain_with: MakeDrain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    drain = drain_with(media_av1="on")
    asset_id = await upload(session_factory, storage, clip)
    await drain.until(lambda job: job.kind == "media.join_av1")
    published = await _live(session_factory, storage, asset_id)
    segment = next(info.key for info in storage.list(f"hls/{asset_id}/{published.version_id}/48p-av1/c"))
    storage.put_bytes(segment, b"broken")
    await drain.all()
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
    assert published.tracks == ["48p"]
    assert published.stored() == published.referenced()
    async with session_factory() as session:
        version = await session.get_one(Version, published.version_id)
        assert [rung["name"] for rung in version.plan["rungs"]] == ["48p"]
        pipeline = await session.scalar(select(Pipeline).where(Pipeline.kind == AV1))
        assert pipeline is not None


async def test_av1_of_a_version_that_is_replaced_is_made_of_the_new_one_instead(
    drain_with: MakeDrain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    drain = drain_with(media_av1="on")
    asset_id = await upload(session_factory, storage, clip)
    await drain.until(lambda job: job.kind == ENCODE_AV1.name)
    old = await _live(session_factory, storage, asset_id)
    await _reencode(session_factory, asset_id)
    await drain.all()
    new = await _live(session_factory, storage, asset_id)
    assert new.version_id != old.version_id
    assert new.tracks == ["48p", "48p-av1"]
    assert new.stored() == new.referenced()
    assert old.stored() == set()


async def test_av1_waits_for_the_version_that_will_stay(
    drain_with: MakeDrain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    drain = drain_with(media_av1="on", media_small="on")
    asset_id = await upload(session_factory, storage, clip)
    history = await drain.all()
    assert history.count("media.publish") == 2
    assert history.count(ENCODE_AV1.name) == 1
    assert history.index(ENCODE_AV1.name) > len(history) - 1 - history[::-1].index("media.publish")
    async with session_factory() as session:
        assert await session.scalar(select(Pipeline.kind).where(Pipeline.kind == REENCODE)) == REENCODE
    assert "48p-av1" in (await _live(session_factory, storage, asset_id)).tracks
