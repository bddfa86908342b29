"""Who may call a route: stated once on each, and guard, OpenAPI's security and its refusals all follow from the statement.

`GET /courses/{course_id}` says `**stated(related("course.read"), 404)`. The guard lets roles and scopes in or turns them away;
a relation is decided where the thing has been read, by `domain.policies`, and named here so that the matrix in
`tests/api/test_access_matrix.py` can try every role and every relation on every route.
"""

from dataclasses import dataclass, replace
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from api.auth import authenticate, wants_in
from api.idempotency import first_or_again
from api.passage import count_user
from api.problems import may_answer
from core.errors import ErrorKind, Refused
from domain.policies import ADMINISTERING, OPERATING, TEACHING, Actor, Role, Scope

Connection = ASGIConnection[Any, Any, Any, Any]
OPT = "access"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a route."""

    anonymous: bool = False
    """Also who is not signed in."""
    identifies: bool = True
    """A token is looked at when there is one."""
    roles: frozenset[Role] = frozenset()
    """One of these is needed; none named: any."""
    relation: str = ""
    """What the caller has to have to do with the thing in the path, as `course.edit`; admins always have it, but for `.own`."""
    scope: Scope | None = None
    """The scope that lets an API key in; None: keys are not taken."""

    def with_scope(self, scope: Scope) -> "Access":
        """The same, and open to API keys with this scope."""
        return replace(self, scope=scope)


OPEN = Access(anonymous=True, identifies=False)
"""Everybody, and nobody is asked who they are."""
EVERYONE = Access(anonymous=True)
"""Everybody; who is signed in may see more."""
SIGNED_IN = Access()
INSTRUCTORS = Access(roles=TEACHING)
OPERATORS = Access(roles=OPERATING)
ADMINS = Access(roles=ADMINISTERING)


def related(relation: str, scope: Scope | None = None) -> Access:
    """Those signed in who have `relation` to what the path names."""
    return Access(relation=relation, scope=scope)


def visible(relation: str) -> Access:
    """Everybody who may see what the path names, signed in or not."""
    return Access(anonymous=True, relation=relation)


async def enforce(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: what the route has stated. Raises Refused (401, 403)."""
    access: Access = handler.opt[OPT]
    if not access.identifies or (access.anonymous and not wants_in(connection)):
        return
    actor = await authenticate(connection)
    await count_user(connection, actor.id)
    _check(access, actor)


def _check(access: Access, actor: Actor) -> None:
    if access.roles and not access.roles & actor.roles:
        named = ", ".join(sorted(access.roles))
        raise Refused("auth.role_missing", f"This needs one of the roles {named}.", kind=ErrorKind.FORBIDDEN)
    if actor.scopes is not None and (access.scope is None or access.scope not in actor.scopes):
        needed = f"the scope {access.scope}" if access.scope else "a session: keys are not taken here"
        raise Refused("auth.scope_missing", f"This needs {needed}.", kind=ErrorKind.FORBIDDEN)


def stated(
    access: Access, *answers: int, guards: tuple[Any, ...] = (), success: type | None = None, **opt: Any
) -> dict[str, Any]:
    """Keyword arguments of a route handler: its guard, its security and the problems that it may answer with.

    `answers` are the problems besides those that follow from the statement; `guards` run after the access guard; `success` is
    the body of a 200 where the return type does not tell. `opt` is what the gateway reads: `idempotent=True` (the header
    `Idempotency-Key` is honoured), `limit="auth"` (a class of rate limits), `cached="catalog"` (public answers are kept until
    the catalog changes), `deprecated=Deprecated(...)` (goes with every answer), `streams=True` (may answer without an end).
    """
    security: list[dict[str, list[str]]] = []
    implied = {400, 429, 503}
    if access.identifies:
        security = [{}] if access.anonymous else []
        security.append({"bearer": []})
        if access.scope is not None:
            security.append({"apiKey": []})
            implied.add(403)
        implied.add(401)
    if access.roles:
        implied.add(403)
    if access.relation:
        implied.add(404)
    if opt.get("idempotent"):
        implied |= {409, 422}
    responses = may_answer(*implied, *answers)
    if success is not None:
        responses[200] = ResponseSpec(success, generate_examples=False)
    return {
        "guards": [enforce, *guards],
        "security": security or None,
        "responses": responses,
        "opt": {OPT: access, **opt},
        "before_request": first_or_again if opt.get("idempotent") else None,
        "deprecated": "deprecated" in opt,
    }
