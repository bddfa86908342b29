"""Fixtures of the API's tests: the application with its life, and people who are signed in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient
from litestar import Litestar
from litestar.types import ASGIApp
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import furnish, make_framework, make_services
from api.services import Services
from core.settings import Settings
from tests.support.in_process import in_process
from tests.support.people import Person, sign_up


@pytest.fixture
async def services(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Services]:
    """The services behind `client`, on an empty database."""
    services = make_services(settings)
    yield services
    # Also where no application has lived that would have done it.
    await services.engine.dispose()
    await services.reader.close()


@pytest.fixture(scope="session")
def framework() -> tuple[Litestar, ASGIApp]:
    """All routes, and their own handler. Making them takes 0.4 s; each test gives them its own services."""
    made = make_framework()
    return made, made.asgi_handler


@pytest.fixture
async def client(framework: tuple[Litestar, ASGIApp], settings: Settings, services: Services) -> AsyncIterator[AsyncClient]:
    """The application, in process; nobody is signed in."""
    async with in_process(furnish(*framework, settings, services)) as client:
        yield client


@pytest.fixture
def sign_in(client: AsyncClient, services: Services) -> Callable[..., Awaitable[Person]]:
    """Makes an account with these roles and signs it in: `await sign_in("learner")`."""

    async def make(*roles: str, name: str = "") -> Person:
        return await sign_up(client, services.sessions, roles or ("learner",), name)

    return make


@pytest.fixture
async def instructor(sign_in: Callable[..., Awaitable[Person]]) -> Person:
    return await sign_in("instructor", name="instructor")


@pytest.fixture
async def learner(sign_in: Callable[..., Awaitable[Person]]) -> Person:
    return await sign_in("learner", name="learner")


def problem_of(answer: Any) -> dict[str, Any]:
    """The problem in `answer`, whose shape and media type are checked on the way."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert all(body[field] for field in ("type", "title", "code", "detail", "requestId"))
    return body
