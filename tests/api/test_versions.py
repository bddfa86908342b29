"""Further versions over HTTP: a flip in mid-play breaks no running session, and campaigns are for operators."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from api.services import Services
from core.clock import utc_now
from core.ids import new_id
from core.media_jobs import REENCODE
from db.models import Asset, Version, VersionState
from db.queries.pipelines import open_pipelines
from domain import media, playback, retirement
from domain.policies import Actor
from storage import keys
from tests.api.conftest import problem_of
from tests.support.films import MASTER, Film, make_film
from tests.support.people import Person
from tests.support.wait import eventually

SignIn = Callable[..., Awaitable[Person]]

_SECOND_MASTER = MASTER + b"#EXT-X-INDEPENDENT-SEGMENTS\n"


@pytest.fixture
async def film(services: Services, instructor: Person) -> Film:
    return await make_film(services.sessions, services.storage, instructor.id)


async def _flip(services: Services, film: Film) -> UUID:
    """Another version takes the place of the film's, as its last job would see to; returns its id."""
    version_id = new_id()
    async with services.sessions.begin() as session:
        before = await session.get_one(Version, film.version_id)
        session.add(Version(id=version_id, asset_id=film.asset_id, state=VersionState.BUILDING, plan=before.plan))
        before.live_at = before.created_at
        await session.flush()
        await media.published(session, film.asset_id, version_id)
    services.storage.put_bytes(keys.master(film.asset_id, version_id), _SECOND_MASTER)
    return version_id


async def _play(client: AsyncClient, film: Film, who: Person) -> dict[str, Any]:
    body: dict[str, Any] = (await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=who.auth)).json()
    return body


async def test_a_new_version_in_mid_play_breaks_no_running_session(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    running = await _play(client, film, instructor)
    version_id = await _flip(services, film)
    assert (await client.get(running["manifestUrl"])).content == MASTER
    assert (await client.get(running["signedManifestUrl"])).content == MASTER
    renewed = (await client.post(running["renewUrl"], headers=instructor.auth)).json()
    assert renewed["manifestUrl"] == running["manifestUrl"]
    assert (await client.get(renewed["manifestUrl"])).content == MASTER
    begun = await _play(client, film, instructor)
    assert str(version_id) in begun["manifestUrl"]
    assert (await client.get(begun["manifestUrl"])).content == _SECOND_MASTER
    # While it is renewed, nothing of its version may go.
    assert film.version_id is not None
    async with services.sessions.begin() as session:
        assert (await retirement.release(session, film.version_id, 0) or 0) > 0
    assert (await client.delete(f"/api/v1/playback/{running['sessionId']}", headers=instructor.auth)).status_code == 204
    async with services.sessions.begin() as session:
        assert await retirement.release(session, film.version_id, 0) is None


async def test_a_renewal_that_comes_in_between_keeps_the_version(services: Services, film: Film, instructor: Person) -> None:
    actor, life_s = Actor(instructor.id, frozenset({"instructor"})), 600
    long_ago = utc_now() - timedelta(hours=1)
    async with services.sessions.begin() as session:
        settings = services.settings.media
        watching = (await playback.admit(session, actor, film.asset_id, long_ago, life_s, settings)).session.id
    await _flip(services, film)
    assert film.version_id is not None

    async def release() -> float | None:
        async with services.sessions.begin() as session:
            return await retirement.release(session, film.version_id or film.asset_id, 0)

    async def somebody_waits() -> bool:
        async with services.sessions() as session:
            return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    meets: Callable[[], bool | Awaitable[bool]] = somebody_waits
    async with services.sessions.begin() as session:
        renewed = await playback.renew(session, actor, watching, utc_now(), life_s)
        releasing = asyncio.create_task(release())
        await eventually(meets, "the removal to meet the renewal")
    assert renewed is not None
    assert renewed.version.id == film.version_id
    assert (await releasing or 0) > 0


async def test_a_session_whose_version_is_gone_goes_on_with_the_new_one(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    running = await _play(client, film, instructor)
    version_id = await _flip(services, film)
    async with services.sessions.begin() as session:
        await session.delete(await session.get_one(Version, film.version_id))
    renewed = (await client.post(running["renewUrl"], headers=instructor.auth)).json()
    assert str(version_id) in renewed["manifestUrl"]
    assert renewed["sessionId"] == running["sessionId"]


async def test_each_session_counts_as_watching_once(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    for _ in range(2):
        session_ = await _play(client, film, instructor)
        await client.post(session_["renewUrl"], headers=instructor.auth)
    async with services.sessions() as session:
        assert (await session.get_one(Asset, film.asset_id)).watched == 2


async def test_an_owner_has_an_asset_encoded_again_and_changes_their_mind(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    url = f"/api/v1/assets/{film.asset_id}/reencode"
    answer = await client.post(url, json={"profile": "small", "reason": "too large"}, headers=instructor.auth)
    assert answer.status_code == 202
    async with services.sessions() as session:
        assert [UUID(answer.json()["pipelineId"])] == list(await open_pipelines(session, REENCODE, film.asset_id))
    again = await client.post(url, json={}, headers=instructor.auth)
    assert (again.status_code, problem_of(again)["code"]) == (409, "asset.reencode_running")
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204
    assert problem_of(await client.delete(url, headers=instructor.auth))["code"] == "asset.no_reencode"
    for odd in ({"profile": "tiny"}, {"reason": "what no database\0keeps"}):
        assert (await client.post(url, json=odd, headers=instructor.auth)).status_code == 400


async def test_operators_run_campaigns(client: AsyncClient, film: Film, sign_in: SignIn) -> None:
    operator = await sign_in("operator")
    wanted = {"profile": "small", "reason": "fewer bytes", "olderThanDays": 0, "limit": 10}
    begun = await client.post("/api/v1/media/campaigns", json=wanted, headers=operator.auth)
    assert begun.status_code == 201
    assert begun.json() == begun.json() | wanted | {"started": 0, "open": 0, "left": 1, "finishedAt": None}
    listed = await client.get("/api/v1/media/campaigns", headers=operator.auth)
    assert listed.json() == [begun.json()]
    url = f"/api/v1/media/campaigns/{begun.json()['id']}"
    cancelled = await client.delete(url, headers=operator.auth)
    assert cancelled.json()["finishedAt"] is not None
    assert problem_of(await client.delete(url, headers=operator.auth))["code"] == "campaign.finished"
