"""Accounts for tests: made over HTTP, with roles set in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.services import Services
from db.models import User
from domain.sessions import start_session

PASSWORD = "correct horse battery staple"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """An account that is signed in; `auth` are the headers that say so."""

    id: UUID
    email: str
    token: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def sign_up(
    client: AsyncClient, sessions: async_sessionmaker[AsyncSession], roles: Iterable[str], name: str = ""
) -> Person:
    """Register, give exactly these roles, sign in."""
    email = f"{name or 'person'}{next(_numbers)}@example.org"
    made = await client.post(
        "/api/v1/users/register", json={"email": email, "password": PASSWORD, "displayName": name or "A Person"}
    )
    assert made.status_code == 201, made.text
    user_id = UUID(made.json()["id"])
    async with sessions.begin() as session:
        await session.execute(update(User).where(User.id == user_id).values(roles=list(roles)))
    answer: Any = await client.post("/api/v1/users/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.cookies.clear()
    return Person(user_id, email, answer.json()["accessToken"])


async def token_for(services: Services, user_id: UUID) -> dict[str, str]:
    """The headers of somebody who has signed in, without the cost of a password."""
    async with services.sessions.begin() as session:
        user = await session.get_one(User, user_id)
        rotation = await start_session(session, user, services.clock(), services.settings.api)
    return {"Authorization": f"Bearer {services.tokens.issue(user.id, rotation.session_id)}"}
