"""Idempotency-Key: one request, however often it is sent."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app, make_services
from api.services import Services
from core.clock import utc_now
from core.ids import new_token
from core.settings import Settings
from db.models import IdempotencyKey
from domain.idempotency import forget_expired
from tests.api.conftest import problem_of
from tests.support.in_process import in_process
from tests.support.people import sign_up
from tests.support.toys import URL, Toys, make


class _Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.later = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.later


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def toys() -> Toys:
    return Toys()


@pytest.fixture
async def services(settings: Settings, engine: AsyncEngine, clock: _Clock) -> Services:
    return make_services(settings, clock)


@pytest.fixture
async def client(settings: Settings, services: Services, toys: Toys) -> AsyncIterator[AsyncClient]:
    app = create_app(settings, services)
    toys.register(app)
    async with in_process(app) as client:
        yield client


async def _rows(services: Services) -> int:
    async with services.sessions() as session:
        return await session.scalar(select(func.count()).select_from(IdempotencyKey)) or 0


async def test_twenty_parallel_posts_with_one_key_create_one(client: AsyncClient, toys: Toys) -> None:
    key = new_token()
    answers = await asyncio.gather(*(make(client, key) for _ in range(20)))
    assert toys.made == ["train"]
    for answer in answers:
        if answer.status_code == 409:
            assert problem_of(answer)["code"] == "idempotency.in_flight"
            assert answer.headers["retry-after"] == "1"
        else:
            assert (answer.status_code, answer.json()) == (201, {"title": "train"})
    assert sum(answer.status_code == 201 and "idempotency-replayed" not in answer.headers for answer in answers) == 1


async def test_twenty_parallel_posts_over_two_processes_create_one(settings: Settings, engine: AsyncEngine) -> None:
    key, toys = new_token(), Toys()
    apps = [create_app(settings, make_services(settings)) for _ in range(2)]
    for app in apps:
        toys.register(app)
    async with in_process(apps[0]) as one, in_process(apps[1]) as other:
        answers = await asyncio.gather(*(make(client, key) for client in (one, other) for _ in range(10)))
    assert toys.made == ["train"]
    assert {answer.status_code for answer in answers} <= {201, 409}


async def test_a_repeat_gets_the_first_answer(client: AsyncClient, toys: Toys) -> None:
    key = new_token()
    first, again = await make(client, key), await make(client, key)
    assert toys.made == ["train"]
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (again.headers["location"], again.headers["content-type"]) == (first.headers["location"], "application/json")
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    # Only what belongs to the answer: the rest is made for each request.
    assert "x-other" not in again.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


async def test_without_a_key_each_request_counts(client: AsyncClient, toys: Toys, services: Services) -> None:
    for _ in range(2):
        assert (await make(client, None)).status_code == 201
    assert toys.made == ["train", "train"]
    assert await _rows(services) == 0


async def test_refusals_are_repeated_too_but_not_failures(client: AsyncClient, toys: Toys, services: Services) -> None:
    key = new_token()
    for replayed in (False, True):
        refused = await make(client, key, "taken")
        assert (refused.status_code, problem_of(refused)["code"]) == (409, "toy.taken")
        assert ("idempotency-replayed" in refused.headers) is replayed
    assert toys.made == ["taken"]
    key = new_token()
    for _ in range(2):
        assert (await make(client, key, "breaks")).status_code == 500
    assert toys.made == ["taken", "breaks", "breaks"]
    # Secrets are not put into the database: who asks twice is answered twice.
    key = new_token()
    for _ in range(2):
        assert "set-cookie" in (await make(client, key, "cookie")).headers
    assert toys.made[3:] == ["cookie", "cookie"]
    assert await _rows(services) == 1


async def test_another_request_under_the_same_key_is_refused(client: AsyncClient, toys: Toys) -> None:
    key = new_token()
    assert (await make(client, key)).status_code == 201
    other = await make(client, key, "ship")
    assert (other.status_code, problem_of(other)["code"]) == (422, "idempotency.mismatch")
    query = await client.post(f"{URL}?x=1", json={"title": "train"}, headers={"Idempotency-Key": key})
    assert query.status_code == 422
    assert toys.made == ["train"]


async def test_while_the_first_is_under_way_others_wait_until_its_time_is_over(
    client: AsyncClient, toys: Toys, clock: _Clock
) -> None:
    key = new_token()
    first = asyncio.create_task(make(client, key, "waits"))
    await toys.entered.wait()
    busy = await make(client, key, "waits")
    assert (busy.status_code, problem_of(busy)["code"]) == (409, "idempotency.in_flight")
    # As if its process had died: after the time that a request has, the key is free.
    clock.later = timedelta(minutes=5)
    toys.entered.clear()
    second = asyncio.create_task(make(client, key, "waits"))
    await toys.entered.wait()
    toys.go_on.set()
    assert [(await each).status_code for each in (first, second)] == [201, 201]
    assert toys.made == ["waits", "waits"]
    assert (await make(client, key, "waits")).headers["idempotency-replayed"] == "true"


async def test_a_key_belongs_to_whom_uses_it(client: AsyncClient, toys: Toys, services: Services) -> None:
    one, other = [await sign_up(client, services.sessions, ["learner"]) for _ in range(2)]
    key = new_token()
    for who in ({}, one.auth, other.auth, {"X-Forwarded-For": "198.51.100.1"}):
        assert "idempotency-replayed" not in (await make(client, key, **who)).headers
    assert len(toys.made) == 4
    assert (await make(client, key, **one.auth)).headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ä", "a\tb"])
async def test_a_key_is_visible_ascii(client: AsyncClient, toys: Toys, key: str) -> None:
    answer = await client.post(URL, json={"title": "train"}, headers={b"Idempotency-Key": key.encode()})
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "idempotency.bad_key")
    assert toys.made == []


@pytest.mark.parametrize("key", ["a", "x" * 255, "!~{}"])
async def test_any_visible_ascii_will_do(client: AsyncClient, key: str) -> None:
    assert (await make(client, key)).status_code == 201


async def test_after_a_day_a_key_is_new_and_expired_ones_are_removed(
    client: AsyncClient, toys: Toys, services: Services, clock: _Clock
) -> None:
    key = new_token()
    await make(client, key)
    clock.later = timedelta(hours=23)
    assert "idempotency-replayed" in (await make(client, key)).headers
    clock.later = timedelta(hours=25)
    assert "idempotency-replayed" not in (await make(client, key)).headers
    assert len(toys.made) == 2
    async with services.sessions.begin() as session:
        await forget_expired(session, clock() + timedelta(hours=23))
    assert await _rows(services) == 1
    async with services.sessions.begin() as session:
        await forget_expired(session, clock() + timedelta(hours=25))
    assert await _rows(services) == 0


async def test_an_answer_that_cannot_be_kept_goes_out_all_the_same(client: AsyncClient, toys: Toys, services: Services) -> None:
    key = new_token()
    first = asyncio.create_task(make(client, key, "waits"))
    await toys.entered.wait()
    async with services.sessions.begin() as session:
        await session.execute(text("ALTER TABLE idempotency_keys RENAME TO elsewhere"))
    try:
        toys.go_on.set()
        assert (await first).status_code == 201
    finally:
        async with services.sessions.begin() as session:
            await session.execute(text("ALTER TABLE elsewhere RENAME TO idempotency_keys"))
    assert toys.made == ["waits"]
