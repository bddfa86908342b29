"""Public answers from memory: valid until what they show changes, in any process; tags, 304, compression, HEAD, time limits."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app, make_services
from api.passage import Facts
from api.response_cache import Document, ResponseCache
from api.services import Services
from core.ids import new_id
from core.settings import Settings
from db import caches
from db.redis import BriefRedis
from db.session import SessionFactory, make_engine, make_session_factory
from tests.api.conftest import problem_of
from tests.support.in_process import in_process
from tests.support.people import Person, sign_up
from tests.support.toys import URL, Toys

PUBLIC = "public, max-age=10, stale-while-revalidate=60"


@asynccontextmanager
async def _serving(settings: Settings, toys: Toys) -> AsyncIterator[AsyncClient]:
    app = create_app(settings, make_services(settings))
    toys.register(app)
    async with in_process(app) as client:
        client.headers["Accept-Encoding"] = "identity"
        yield client


@pytest.fixture
def toys() -> Toys:
    return Toys()


@pytest.fixture
async def services(settings: Settings, engine: AsyncEngine) -> Services:
    return make_services(settings)


@pytest.fixture
async def client(settings: Settings, services: Services, toys: Toys) -> AsyncIterator[AsyncClient]:
    app = create_app(settings, services)
    toys.register(app)
    async with in_process(app) as client:
        client.headers["Accept-Encoding"] = "identity"
        # Nobody else's test has left something under this generation.
        await client.post(f"{URL}/touch", json={"title": "one"})
        yield client


async def test_a_public_answer_is_made_once(client: AsyncClient, toys: Toys) -> None:
    first, again = await client.get(URL), await client.get(URL)
    assert toys.reads == 1
    assert first.json()["title"] == again.json()["title"] == "one"
    assert again.headers["cache-control"] == first.headers["cache-control"] == PUBLIC
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"] == "Accept-Encoding, Authorization"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert again.headers["content-security-policy"]
    # Another query is another answer.
    await client.get(f"{URL}?x=1")
    assert toys.reads == 2


async def test_a_write_ends_it_in_every_process(settings: Settings, engine: AsyncEngine) -> None:
    toys = Toys()
    async with _serving(settings, toys) as one, _serving(settings, toys) as other:
        for title in ("two", "three", "four"):
            assert (await one.post(f"{URL}/touch", json={"title": title})).status_code == 201
            for client in (one, other, one, other):
                assert (await client.get(URL)).json()["title"] == title
    assert toys.reads == 6


async def test_a_worker_s_write_ends_it_too_and_a_rollback_does_not(
    settings: Settings, client: AsyncClient, toys: Toys
) -> None:
    await client.get(URL)
    engine = make_engine(settings.database, application_name="tests", profile="jobs")
    sessions: SessionFactory = make_session_factory(engine, BriefRedis(settings.redis.redis_url))
    async with sessions() as session:
        await session.execute(text("SELECT 1"))
        caches.touch(session, caches.CATALOG)
        await session.rollback()
    await client.get(URL)
    assert toys.reads == 1
    async with sessions.begin() as session:
        await session.execute(text("SELECT 1"))
        caches.touch(session, caches.PRODUCTS)
    await client.get(URL)
    assert toys.reads == 1
    async with sessions.begin() as session:
        await session.execute(text("SELECT 1"))
        caches.touch(session, caches.CATALOG)
    await client.get(URL)
    assert toys.reads == 2
    await engine.dispose()


async def test_an_answer_that_was_overtaken_by_a_write_is_not_kept(client: AsyncClient, toys: Toys) -> None:
    toys.title = "waits"
    slow = asyncio.create_task(client.get(URL))
    await toys.entered.wait()
    await client.post(f"{URL}/touch", json={"title": "new"})
    toys.go_on.set()
    assert (await slow).json()["title"] == "waits"
    assert (await client.get(URL)).json()["title"] == "new"


async def test_a_flushed_redis_brings_nothing_old_back(client: AsyncClient, toys: Toys, settings: Settings) -> None:
    await client.get(URL)
    redis = BriefRedis(settings.redis.redis_url)
    await redis._client.flushall()
    await client.get(URL)
    assert toys.reads == 2
    await redis.close()


async def test_without_redis_an_answer_lives_shortly_and_own_writes_end_it(
    settings_with: Callable[..., Settings], engine: AsyncEngine
) -> None:
    toys = Toys()
    async with _serving(settings_with(redis_url="unix:///nonexistent", cache_blind_s=3600), toys) as client:
        for _ in range(3):
            assert (await client.get(URL)).json()["title"] == "one"
        assert toys.reads == 1
        await client.post(f"{URL}/touch", json={"title": "two"})
        assert (await client.get(URL)).json()["title"] == "two"
    toys = Toys()
    async with _serving(settings_with(redis_url="unix:///nonexistent", cache_blind_s=0), toys) as client:
        for _ in range(3):
            await client.get(URL)
        assert toys.reads == 3


async def test_who_has_it_already_is_told_so(client: AsyncClient) -> None:
    first = await client.get(URL)
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = await client.get(URL, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert (answer.headers["etag"], answer.headers["cache-control"]) == (tag, PUBLIC)
        assert answer.headers["vary"] == "Accept-Encoding, Authorization"
    assert (await client.get(URL, headers={"If-None-Match": '"other"'})).status_code == 200
    await client.post(f"{URL}/touch", json={"title": "two"})
    assert (await client.get(URL, headers={"If-None-Match": tag})).status_code == 200


async def test_the_compressed_form_is_another_entity_of_the_same(client: AsyncClient, toys: Toys) -> None:
    plain = await client.get(URL)
    tags = set()
    for _ in range(2):
        async with client.stream("GET", URL, headers={"Accept-Encoding": "gzip, br"}) as answer:
            packed = b"".join([piece async for piece in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(packed) < len(plain.content)
        assert gzip.decompress(packed) == plain.content
        tags.add(answer.headers["etag"])
    assert toys.reads == 1
    assert len(tags) == 1
    assert plain.headers["etag"] not in tags
    again = await client.get(URL, headers={"If-None-Match": tags.pop()})
    assert again.status_code == 304


async def test_a_route_s_own_tag_stays_what_changes_are_compared_with(client: AsyncClient, services: Services) -> None:
    answer = await client.get(f"{URL}/tagged")
    assert answer.headers["etag"].startswith('"abc-3.')
    before = answer.headers["etag"]
    await client.post(f"{URL}/touch", json={"title": "other"})
    # The same revision, but it shows something else.
    assert (await client.get(f"{URL}/tagged", headers={"If-None-Match": before})).status_code == 200


async def test_what_somebody_sees_who_is_signed_in_is_theirs(client: AsyncClient, services: Services, toys: Toys) -> None:
    person: Person = await sign_up(client, services.sessions, ["learner"])
    await client.get(URL)
    mine = await client.get(URL, headers=person.auth)
    assert toys.reads == 2
    assert mine.headers["cache-control"] == "private, no-cache"
    known = await client.get(URL, headers=person.auth | {"If-None-Match": mine.headers["etag"]})
    assert (known.status_code, known.content, toys.reads) == (304, b"", 3)
    private = await client.get(f"{URL}/private", headers=person.auth)
    assert private.headers["cache-control"] == "no-store"


async def test_other_answers_are_compressed_when_that_saves_something(client: AsyncClient, services: Services) -> None:
    person: Person = await sign_up(client, services.sessions, ["learner"])
    large = await client.get(f"{URL}/private", headers=person.auth | {"Accept-Encoding": "gzip"})
    assert (large.headers["content-encoding"], large.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert large.json()["filling"] == "x" * 2000
    small = await client.get("/health/live", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers
    refused = await client.get(f"{URL}/private", headers=person.auth | {"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


async def test_a_head_is_a_get_without_its_body(client: AsyncClient, toys: Toys) -> None:
    for url in (URL, f"{URL}/tagged", "/health/live"):
        get, head = await client.get(url), await client.head(url)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "content-type"):
            assert head.headers[name] == get.headers[name]
        assert head.headers.get("etag") == get.headers.get("etag")
    assert toys.reads == 1
    # Also when what was kept is true no longer.
    await client.post(f"{URL}/touch", json={"title": "two"})
    assert (await client.head(URL)).status_code == 200
    assert (await client.head(f"{URL}/touch")).status_code == 405
    metrics = (await client.get("/metrics")).text
    assert f'aula_http_requests_total{{method="HEAD",route="{URL}",status="200"}}' in metrics


async def test_a_request_that_takes_too_long_is_given_up(settings_with: Callable[..., Settings], engine: AsyncEngine) -> None:
    async with _serving(settings_with(request_timeout_s=0.05), Toys()) as client:
        answer = await client.get(f"{URL}/slow")
        assert (answer.status_code, problem_of(answer)["code"]) == (503, "request.timeout")
        assert answer.headers["retry-after"] == "5"


async def test_what_will_go_says_so(client: AsyncClient) -> None:
    answer = await client.get(f"{URL}/old")
    assert answer.headers["deprecation"] == "@1767225600"
    assert answer.headers["sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert answer.headers["link"] == f'<{URL}>; rel="successor-version"'


async def test_other_sites_read_what_the_gateway_says(settings_with: Callable[..., Settings], engine: AsyncEngine) -> None:
    origin = {"Origin": "https://school.example"}
    settings = settings_with(cors_origins=["https://school.example"], rate_limits=True, limit_read_per_address="1/3600")
    async with _serving(settings, Toys()) as client:
        me = {**origin, "X-Forwarded-For": f"2001:db8:{new_id().hex[-4:]}:{new_id().hex[-4:]}::1"}
        for status in (200, 429):
            answer = await client.get(URL, headers=me)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, origin["Origin"])
            assert "RateLimit" in answer.headers["access-control-expose-headers"]
            # In one line: nginx before 1.23 sees only the last.
            assert len(answer.headers.get_list("vary")) == 1
            assert "Origin" in answer.headers.get_list("vary", split_commas=True)
            assert "Accept-Encoding" in answer.headers["vary"] or status == 429


def _document(size: int) -> Document:
    return Document(b"x" * size, [(b"content-type", b"application/json")], "", "public")


def test_memory_is_bounded_and_the_least_used_goes_first() -> None:
    cache = ResponseCache(100_000, 60, 2)

    def keep(name: bytes, size: int) -> None:
        cache.keep((name, b""), _document(size), Facts(), "/x", "g", 0)

    for number in range(100):
        keep(b"%d" % number, 4000)
        cache.get((b"0", b""))
    kept = [number for number in range(100) if cache.get((b"%d" % number, b"")) is not None]
    assert kept[0] == 0
    assert kept[-1] == 99
    assert len(kept) == 9
    keep(b"large", 20_000)
    assert cache.get((b"large", b"")) is None


def test_an_entry_has_an_end_even_if_nothing_changes() -> None:
    now = 0.0
    cache = ResponseCache(100_000, 60, 2, lambda: now)
    target: Any = (b"a", b"")
    cache.keep(target, _document(1), Facts(), "/x", "g", 7)
    kept = cache.get(target)
    assert kept is not None
    for at, generation, changes, fresh in [
        (59, "g", 7, True),
        (59, "g", 8, True),
        (59, "h", 7, False),
        (61, "g", 7, False),
        (1, None, 7, True),
        (1, None, 8, False),
        (3, None, 7, False),
    ]:
        now = float(at)
        assert cache.is_true(kept, generation, changes) is fresh, (at, generation, changes)
