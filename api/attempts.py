"""Attempts at one account, wherever they come from: guesses at its password and its codes, and mails that it is sent.

Limits by address don't stop who has many addresses. So attempts are counted by the account too, known or not: by a hash of the
address that was typed. What turns out well is not counted. Where an account was signed in before is counted apart: whoever
guesses from elsewhere keeps its owner out of none of those places.
"""

import hashlib
from uuid import UUID

from api.auth import services_of
from api.passage import passage_of, too_many
from api.wire import HttpRequest
from domain import users

GUESS, CODE, MAIL = "guess", "code", "mail"


class Attempts:
    """What one request tries with one account."""

    def __init__(self, request: HttpRequest, who: str) -> None:
        self._request = request
        self._who = who

    async def count(self, kind: str) -> None:
        """Count one before it is made. Raises Refused (429)."""
        services, passage = services_of(self._request), passage_of(self._request.scope)
        quota = services.quotas.account.get(kind)
        if passage is None or quota is None:
            return
        verdict = await services.limits.take(quota, self._who)
        passage.verdicts.append(verdict)
        if not verdict.allowed:
            raise too_many(passage.facts, verdict)

    async def forget(self, *kinds: str) -> None:
        """It was the owner."""
        services = services_of(self._request)
        for kind in kinds:
            if quota := services.quotas.account.get(kind):
                await services.limits.forget(quota, self._who)


def at_address(request: HttpRequest, email: str) -> Attempts:
    """At the account with this address, whether there is one or not."""
    return Attempts(request, _hash(email))


def at_sign_in(request: HttpRequest, email: str, *, known_here: bool) -> Attempts:
    """The same, apart where the account was signed in before."""
    return Attempts(request, f"{_hash(email)}:{address_of(request)}" if known_here else _hash(email))


def address_of(request: HttpRequest) -> str:
    """The network address that asks."""
    passage = passage_of(request.scope)
    return passage.address if passage is not None else ""


def by_user(request: HttpRequest, user_id: UUID) -> Attempts:
    """By who is signed in, at their own account: an access token may be stolen."""
    return Attempts(request, str(user_id))


def _hash(email: str) -> str:
    return hashlib.sha256((users.normal_or_none(email) or email).encode()).hexdigest()[:32]
