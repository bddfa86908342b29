"""Who is suspended or deleted while they sign in elsewhere is not let in."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from api.services import Services
from core.errors import Refused
from db.models import Identity, User
from db.queries import users as queries
from domain import identities
from domain.identities import Elsewhere
from tests.support.people import Person
from tests.support.wait import eventually

ADA = Elsewhere("campus", "ada", "ada@example.org", email_verified=True, name="Ada", trust_email=True)


@pytest.mark.parametrize("known", [True, False])
async def test_a_sign_in_waits_for_who_shuts_the_account(services: Services, learner: Person, known: bool) -> None:
    now = services.clock()
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values(email="ada@example.org", email_verified_at=now))
        if known:
            session.add(Identity(provider="campus", subject="ada", user_id=learner.id, email="ada@example.org"))

    async def sign_in() -> None:
        async with services.sessions.begin() as session:
            await identities.sign_in(session, ADA, now, newcomer_roles=["learner"])

    async def somebody_waits() -> Any:
        async with services.sessions() as session:
            return await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    async with services.sessions.begin() as session:
        user = await queries.locked(session, learner.id)
        assert user is not None
        signing_in = asyncio.create_task(sign_in())
        await eventually(somebody_waits, "the sign-in to wait")
        user.deleted_at = now
        # In the order of a deletion: the account, then what lets it in.
        await session.execute(delete(Identity).where(Identity.user_id == learner.id))
    with pytest.raises(Refused, match=r"oidc\.account_closed"):
        await signing_in
