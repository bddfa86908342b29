"""Playback sessions: a decision becomes a signature, is renewed in mid-play, and ends at once when the right to watch does."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from httpx import AsyncClient, Response
from sqlalchemy import text

from api.services import Services
from core.settings import CdnSettings
from db.models import AssetState
from domain import playback
from domain.policies import Actor
from storage.cloudfront import CloudFrontSigner
from tests.api.conftest import problem_of
from tests.support.films import MASTER, Film, make_film
from tests.support.people import Person
from tests.support.wait import eventually

SignIn = Callable[..., Awaitable[Person]]


@pytest.fixture
async def film(services: Services, instructor: Person) -> Film:
    return await make_film(services.sessions, services.storage, instructor.id)


async def _grant(client: AsyncClient, film: Film, owner: Person, viewer: Person) -> None:
    url = f"/api/v1/assets/{film.asset_id}/grants"
    assert (await client.post(url, json={"userId": str(viewer.id)}, headers=owner.auth)).status_code == 201


async def _start(client: AsyncClient, film: Film, who: Person) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=who.auth)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def _plays(client: AsyncClient, url: str) -> Response:
    return await client.get(url)


async def test_a_session_opens_the_stream_by_cookie_and_by_path(client: AsyncClient, film: Film, instructor: Person) -> None:
    assert (await _plays(client, f"/stream/hls/{film.asset_id}/{film.version_id}/master.m3u8")).status_code == 403
    answer = await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=instructor.auth)
    session = answer.json()
    assert (session["state"], session["durationS"], session["assetId"]) == ("ready", 60.0, str(film.asset_id))
    assert session["manifestUrl"] == f"/stream/hls/{film.asset_id}/{film.version_id}/master.m3u8"
    for cookie in answer.headers.get_list("set-cookie"):
        assert "httponly" in cookie.lower()
        assert f"/{film.asset_id}" in cookie
    by_cookie = await _plays(client, session["manifestUrl"])
    assert (by_cookie.status_code, by_cookie.content) == (200, MASTER)
    assert (await _plays(client, session["posterUrl"])).status_code == 200
    client.cookies.clear()
    assert (await _plays(client, session["manifestUrl"])).status_code == 403
    assert (await _plays(client, session["signedManifestUrl"])).content == MASTER


async def test_a_signature_ends_unless_it_is_renewed(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    first = await _start(client, film, instructor)
    client.cookies.clear()
    start, life = services.clock(), services.settings.playback.playback_life_s
    assert datetime.fromisoformat(first["expiresAt"]) <= start + timedelta(seconds=life)
    services.clock = lambda: start + timedelta(seconds=life / 2)
    renewed = await client.post(first["renewUrl"], headers=instructor.auth)
    assert renewed.status_code == 200, renewed.text
    second = renewed.json()
    assert second["sessionId"] == first["sessionId"]
    assert datetime.fromisoformat(second["expiresAt"]) > datetime.fromisoformat(first["expiresAt"])
    assert second["signedManifestUrl"] != first["signedManifestUrl"]
    assert renewed.headers.get_list("set-cookie")


@pytest.mark.parametrize("state", [AssetState.UPLOADED, AssetState.PROCESSING, AssetState.FAILED, AssetState.CANCELLED])
async def test_what_has_no_stream_yet_is_a_conflict(
    client: AsyncClient, services: Services, instructor: Person, state: AssetState
) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id, state)
    answer = await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "asset.not_playable")


async def test_an_asset_is_watchable_before_it_is_ready(client: AsyncClient, services: Services, instructor: Person) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id, AssetState.PLAYABLE)
    assert (await _start(client, film, instructor))["state"] == "playable"


@pytest.mark.parametrize("again", [False, True], ids=["beginning", "renewing a session that had expired"])
async def test_a_withdrawal_misses_no_session_that_is_just_being_signed(
    client: AsyncClient, services: Services, film: Film, instructor: Person, learner: Person, again: bool
) -> None:
    await _grant(client, film, instructor, learner)
    owner, viewer = (Actor(who.id, frozenset()) for who in (instructor, learner))
    now, settings = services.clock(), services.settings.media
    async with services.sessions.begin() as session:
        past = now - timedelta(hours=1)
        expired = (await playback.admit(session, viewer, film.asset_id, past, 600, settings)).session.id

    async def withdraw() -> list[UUID]:
        async with services.sessions.begin() as session:
            asset = await playback.managed_asset(session, owner, film.asset_id)
            return await playback.withdraw(session, owner, asset, viewer.id, now)

    async def somebody_waits() -> bool:
        async with services.sessions() as session:
            # In this database alone: other tests run beside this one.
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            return bool(await session.scalar(text(waiting)))

    meets: Callable[[], bool | Awaitable[bool]] = somebody_waits
    async with services.sessions.begin() as session:
        if again:
            admission = await playback.renew(session, viewer, expired, now, 600)
        else:
            admission = await playback.admit(session, viewer, film.asset_id, now, 600, settings)
        withdrawing = asyncio.create_task(withdraw())
        await eventually(meets, "the withdrawal to meet the signature")
    assert admission is not None
    assert await withdrawing == [admission.session.id]


async def test_a_withdrawn_grant_cuts_the_running_stream(
    client: AsyncClient, film: Film, instructor: Person, learner: Person
) -> None:
    await _grant(client, film, instructor, learner)
    session = await _start(client, film, learner)
    own = await _start(client, film, instructor)
    client.cookies.clear()
    assert (await _plays(client, session["signedManifestUrl"])).status_code == 200
    withdrawn = await client.delete(f"/api/v1/assets/{film.asset_id}/grants/{learner.id}", headers=instructor.auth)
    assert withdrawn.status_code == 204
    assert (await _plays(client, session["signedManifestUrl"])).status_code == 403
    refused = await client.post(session["renewUrl"], headers=learner.auth)
    assert (refused.status_code, problem_of(refused)["code"]) == (403, "playback.ended")
    assert (await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=learner.auth)).status_code == 404
    assert (await _plays(client, own["signedManifestUrl"])).status_code == 200
    # A new grant is a new decision; it does not bring the old session back.
    await _grant(client, film, instructor, learner)
    assert (await client.post(session["renewUrl"], headers=learner.auth)).status_code == 403
    await _start(client, film, learner)


async def test_another_process_learns_of_a_revocation_from_the_database(
    client: AsyncClient, services: Services, film: Film, instructor: Person, learner: Person
) -> None:
    await _grant(client, film, instructor, learner)
    session = await _start(client, film, learner)
    await client.delete(f"/api/v1/assets/{film.asset_id}/grants/{learner.id}", headers=instructor.auth)
    services.denylist._own.clear()
    await services.denylist.refresh()
    assert (await _plays(client, session["signedManifestUrl"])).status_code == 403


async def test_ending_a_session_ends_its_signatures_and_clears_its_cookies(
    client: AsyncClient, film: Film, instructor: Person
) -> None:
    session = await _start(client, film, instructor)
    url = f"/api/v1/playback/{session['sessionId']}"
    ended = await client.delete(url, headers=instructor.auth)
    assert ended.status_code == 204
    assert not client.cookies
    assert (await _plays(client, session["signedManifestUrl"])).status_code == 403
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204


async def test_a_session_is_its_viewers_alone(
    client: AsyncClient, film: Film, instructor: Person, learner: Person, sign_in: SignIn
) -> None:
    session = await _start(client, film, instructor)
    for other in (learner, await sign_in("admin")):
        for method, url in (("POST", session["renewUrl"]), ("DELETE", f"/api/v1/playback/{session['sessionId']}")):
            answer = await client.request(method, url, headers=other.auth)
            assert (answer.status_code, problem_of(answer)["code"]) == (404, "playback.not_found")


async def test_a_deleted_asset_plays_no_more(client: AsyncClient, film: Film, instructor: Person) -> None:
    session = await _start(client, film, instructor)
    assert (await client.delete(f"/api/v1/assets/{film.asset_id}", headers=instructor.auth)).status_code == 204
    assert (await client.post(session["renewUrl"], headers=instructor.auth)).status_code == 404
    assert (await client.get(f"/api/v1/assets/{film.asset_id}", headers=instructor.auth)).status_code == 404


async def test_with_a_cdn_the_stream_is_there_and_the_browser_gets_its_cookies(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    services.cdn = CloudFrontSigner("https://cdn.school.example", "K1", pem)
    cdn = CdnSettings(cloudfront_cookie_domain="school.example")
    services.settings = services.settings.model_copy(update={"cdn": cdn})
    answer = await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=instructor.auth)
    session = answer.json()

    assert session["manifestUrl"] == f"https://cdn.school.example/stream/hls/{film.asset_id}/{film.version_id}/master.m3u8"
    assert session["posterUrl"].startswith("https://cdn.school.example/stream/stills/")
    assert session["signedManifestUrl"].startswith("/stream/")
    cookies = [SimpleCookie(text) for text in answer.headers.get_list("set-cookie")]
    ours = [morsel for cookie in cookies for name, morsel in cookie.items() if name.startswith("CloudFront-")]
    assert {(morsel.key, morsel["path"]) for morsel in ours} == {
        (f"CloudFront-{name}", f"/stream/{area}/{film.asset_id}")
        for name in ("Policy", "Signature", "Key-Pair-Id")
        for area in ("hls", "stills")
    }
    for cookie in cookies:
        for morsel in cookie.values():
            assert (morsel["domain"], morsel["httponly"]) == ("school.example", True)
    assert not any(morsel["expires"] or morsel["max-age"] for morsel in ours)
