"""Rate limits: by address, by user, by kind of route, across processes, and without Redis."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from api.addresses import Addresses
from api.app import create_app, make_services
from api.limits import Limits, Quota
from core.ids import new_token
from core.settings import Settings
from db.redis import BriefRedis
from tests.api.conftest import problem_of
from tests.support.api_server import ApiServer
from tests.support.in_process import in_process
from tests.support.people import sign_up
from tests.support.toys import URL, Toys

NOWHERE = "unix:///nonexistent/redis.sock"


def _from(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def _somebody() -> dict[str, str]:
    """Headers of a caller whom nobody has counted yet."""
    number = hash(new_token())
    return _from(f"10.{number % 250}.{number // 250 % 250}.{number // 62500 % 250}")


@asynccontextmanager
async def _limited(settings_with: Callable[..., Settings], **values: Any) -> AsyncIterator[AsyncClient]:
    settings = settings_with(rate_limits=True, **values)
    app = create_app(settings, make_services(settings))
    Toys().register(app)
    async with in_process(app) as client:
        yield client


async def test_a_burst_up_to_the_limit_passes_and_the_rest_is_told_when_to_come_back(
    settings_with: Callable[..., Settings], engine: AsyncEngine
) -> None:
    async with _limited(settings_with, limit_read_per_address="3/3600") as client:
        me = _somebody()
        for left in (2, 1, 0):
            answer = await client.get(URL, headers=me)
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"read-address";q=3;w=3600'
            assert answer.headers["ratelimit"].startswith(f'"read-address";r={left};t=')
        refused = await client.get(URL, headers=me)
        assert (refused.status_code, problem_of(refused)["code"]) == (429, "request.too_many")
        assert 1190 <= int(refused.headers["retry-after"]) <= 1200
        assert refused.headers["ratelimit"].startswith('"read-address";r=0;t=')
        assert refused.headers["x-request-id"] == refused.json()["requestId"]
        # Who is counted apart goes on: others, and the same caller on routes of another kind.
        assert (await client.get(URL, headers=_somebody())).status_code == 200
        assert (await client.post(f"{URL}/touch", json={"title": "x"}, headers=me)).status_code == 201
        # What is no route counts too: nobody may look around for free.
        assert (await client.get("/api/v1/nothing", headers=me)).status_code == 429
        assert (await client.get("/health/live", headers=me)).status_code == 200


async def test_the_product_contract_hears_it_in_its_own_form(
    settings_with: Callable[..., Settings], engine: AsyncEngine
) -> None:
    async with _limited(settings_with, limit_read_per_address="1/3600") as client:
        me = _somebody()
        first, refused = [await client.get("/products/v1/products", headers=me) for _ in range(2)]
        assert (first.status_code, refused.status_code) == (200, 429)
        assert set(refused.json()) == {"code", "message"}
        assert refused.headers["content-type"] == "application/json"
        assert int(refused.headers["retry-after"]) > 3000


async def test_signing_in_has_narrower_limits_and_uploads_never_hear_429(
    settings_with: Callable[..., Settings], engine: AsyncEngine
) -> None:
    limits = {"limit_auth_per_address": "1/3600", "limit_upload_per_address": "1/3600"}
    async with _limited(settings_with, **limits) as client:
        me = _somebody()
        statuses = [(await client.post(f"{URL}/guess", headers=me)).status_code for _ in range(2)]
        assert statuses == [201, 429]
        statuses = [(await client.patch(f"{URL}/chunk", headers=me)).status_code for _ in range(2)]
        assert statuses == [200, 503]
        login = await client.post("/api/v1/users/login", json={"email": "a@example.org", "password": "x"}, headers=me)
        assert (login.status_code, problem_of(login)["code"]) == (429, "request.too_many")


async def test_a_user_is_counted_wherever_they_come_from(settings_with: Callable[..., Settings], engine: AsyncEngine) -> None:
    async with _limited(settings_with, limit_read_per_user="2/3600") as client:
        services = client._transport.app.state.services  # type: ignore[attr-defined]
        one, other = [await sign_up(client, services.sessions, ["learner"]) for _ in range(2)]
        answers = [await client.get(f"{URL}/private", headers=one.auth | _somebody()) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        for answer in answers:
            assert [each.split(";")[0] for each in answer.headers["ratelimit"].split(", ")] == ['"read-address"', '"read-user"']
        assert int(answers[-1].headers["retry-after"]) > 1000
        assert (await client.get(f"{URL}/private", headers=other.auth)).status_code == 200


async def test_limits_hold_across_two_processes(settings_with: Callable[..., Settings], engine: AsyncEngine) -> None:
    settings = settings_with(rate_limits=True, limit_read_per_address="30/36000", limit_read_per_user="30/36000")
    servers = [ApiServer(settings), ApiServer(settings)]
    me = _somebody()
    try:
        for server in servers:
            server.start()
        statuses: Counter[int] = Counter()
        async with AsyncClient() as client:
            for _ in range(5):
                asked = [client.get(f"{server.url}/api/v1/nothing", headers=me) for server in servers for _ in range(10)]
                statuses.update(answer.status_code for answer in await asyncio.gather(*asked))
        assert statuses == {404: 30, 429: 70}
    finally:
        for server in servers:
            server.close()


async def test_tokens_taken_ahead_never_make_more_than_the_limit(redis_url: str) -> None:
    quota = Quota(f"test-{new_token()}", 2000, 36_000)
    redises = [BriefRedis(redis_url) for _ in range(2)]
    processes = [Limits(redis) for redis in redises]
    allowed = 0
    for _ in range(150):
        asked = [limits.take(quota, "me") for limits in processes for _ in range(10)]
        allowed += sum(verdict.allowed for verdict in await asyncio.gather(*asked))
    # What one process holds for a caller who has gone to the other is lost: less than the limit, never more.
    assert 2000 - 2 * quota.most_ahead <= allowed <= 2000
    for redis in redises:
        await redis.close()


async def test_nobody_has_more_left_than_the_limit(redis_url: str) -> None:
    now = 0.0
    redis = BriefRedis(redis_url)
    limits, quota = Limits(redis, lambda: now), Quota(f"test-{new_token()}", 3000, 60)
    for _ in range(20):
        await limits.take(quota, "me")
    now = 0.9  # meanwhile as many have leaked as were taken ahead
    assert [(await limits.take(quota, "me")).remaining for _ in range(2)] == [3000, 3000]
    await redis.close()


async def test_where_every_try_counts_none_is_taken_ahead(redis_url: str) -> None:
    quota = Quota(f"test-{new_token()}", 2000, 36_000, ahead=False)
    redis = BriefRedis(redis_url)
    limits, other = Limits(redis), Limits(redis)
    for _ in range(50):
        await limits.take(quota, "me")
    assert (await other.take(quota, "me")).remaining == 2000 - 51
    await redis.close()


async def test_without_redis_each_process_counts_for_itself_and_nobody_else_is_refused() -> None:
    quota, redis = Quota("test", 5, 36_000), BriefRedis(NOWHERE)
    limits = Limits(redis)
    verdicts = [await limits.take(quota, "me") for _ in range(7)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False] * 2
    assert (await Limits(redis).take(quota, "me")).allowed
    assert await limits.generation("catalog") is None
    await redis.close()


async def test_a_bucket_leaks_while_redis_is_away() -> None:
    now = 0.0
    redis = BriefRedis(NOWHERE)
    limits, quota = Limits(redis, lambda: now), Quota("test", 2, 20)
    assert [(await limits.take(quota, "me")).allowed for _ in range(3)] == [True, True, False]
    now = 10.1
    assert [(await limits.take(quota, "me")).allowed for _ in range(2)] == [True, False]
    await redis.close()


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        # Nobody vouches for what a stranger says.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        # The client wrote the first, the proxy the last.
        ("127.0.0.1", "198.51.100.7, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 10.0.0.3", "198.51.100.1"),
        ("127.0.0.1", "evil, 10.0.0.3", "10.0.0.3"),
        ("127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("", "", "local"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("::1", "[2001:db8:1:2::9]:80", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_an_address_is_that_of_the_peer_unless_a_trusted_proxy_names_another(peer: str, forwarded: str, found: str) -> None:
    assert Addresses(["127.0.0.0/8", "::1/128", "10.0.0.0/8"]).of(peer, forwarded) == found


async def test_names_that_are_not_served_are_misdirected(settings_with: Callable[..., Settings], engine: AsyncEngine) -> None:
    async with _limited(settings_with, allowed_hosts=["learn.example.org", "*.school.example"]) as client:
        for host, status in {
            "learn.example.org": 200,
            "LEARN.example.org:8443": 200,
            "a.school.example": 200,
            "school.example": 421,
            "evil.example": 421,
        }.items():
            answer = await client.get(URL, headers={"Host": host})
            assert answer.status_code == status, host
            assert status == 200 or problem_of(answer)["code"] == "request.unknown_host"
        assert (await client.get("/health/live", headers={"Host": "10.0.0.7"})).status_code == 200
