"""Every route, tried by every role and by everybody who has something to do with the thing: who is stated gets in, no other.

The matrix is generated from the routes themselves: a new route is in it as soon as it exists, and without a statement it fails.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from sqlalchemy.ext.asyncio import AsyncEngine

from api.access import OPT, Access
from api.app import create_app, make_services
from api.services import Services
from core.catalog import CourseState
from core.settings import Settings
from tests.support.in_process import in_process
from tests.support.people import token_for
from tests.support.school import School, make_school

PERSONAS = ("anonymous", "learner", "instructor", "operator", "admin", "owner", "assistant", "enrolled")
ROLES = {"owner": "instructor", "assistant": "instructor", "enrolled": "learner"}

HOLDERS: dict[str, set[str]] = {
    "asset.watch": {"owner", "enrolled", "admin"},
    "asset.manage": {"owner", "admin"},
    "upload.own": {"owner"},
    "playback.own": {"owner"},
    "session.own": {"owner"},
    "key.own": {"owner"},
    "course.read": {"owner", "assistant", "admin"},
    "course.edit": {"owner", "assistant", "admin"},
    "course.publish": {"owner", "assistant", "admin"},
    "course.enrol": {"owner", "assistant", "admin"},
    "course.own": {"owner", "admin"},
    "lesson.read": {"owner", "assistant", "admin"},
    "lesson.play": {"owner", "assistant", "enrolled", "admin"},
    "quiz.edit": {"owner", "assistant", "admin"},
    "assignment.edit": {"owner", "assistant", "admin"},
    "file.read": {"owner", "assistant", "admin"},
    "file.manage": {"owner", "assistant", "admin"},
    "enrolment.own": {"owner", "assistant", "enrolled", "admin"},
    "product.manage": {"owner", "admin"},
}
"""Who has each relation to the school's things. Where also anonymous callers may see it, that is while it is public."""

SECRETS = frozenset({"playback.own"})
"""Relations that also those have who are not signed in, if they know the id; the school's ids are of those who are."""

IN_PATH = {"/playback/": {"session_id": "playback_id"}, "/users/me/sessions/": {"session_id": "user_session_id"}}
PLAIN = {"language": "en", "provider": "nowhere", "campaign_id": "asset_id", "productId": "product_id"}


TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Upload-Length": "10", "Content-Type": "application/offset+octet-stream"}
# Turned away for what the request lacks, a cookie, and not for who sends it.
EXCUSED = {"refreshSession": "auth.session_ended"}


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    handler: HTTPRouteHandler

    @property
    def access(self) -> Access:
        return cast(Access, self.handler.opt[OPT])

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: Litestar) -> Iterator[Route]:
    """All routes but those of built files and of the framework's own OPTIONS."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            own = handler.fn.__module__.startswith("api.routes") or route.path_format.startswith(("/api", "/products"))
            for method in sorted(handler.http_methods):
                if own and handler.fn.__name__ != "options_handler":
                    yield Route(method, route.path_format, handler)


@pytest.fixture
async def app(settings: Settings, engine: AsyncEngine) -> Litestar:
    return create_app(settings, make_services(settings))


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[AsyncClient]:
    async with in_process(app) as client:
        yield client


def _services(app: Litestar) -> Services:
    return cast(Services, app.state.services)


class Document:
    """The bodies that the API's own document shows as examples."""

    def __init__(self, document: dict[str, Any]) -> None:
        operations = [each for item in document["paths"].values() for each in item.values() if isinstance(each, dict)]
        self._bodies = {each.get("operationId"): each.get("requestBody") for each in operations}

    def body(self, route: Route, school: School, emails: Mapping[str, str]) -> Any:
        content = (self._bodies.get(route.handler.operation_id) or {}).get("content", {}).get("application/json", {})
        examples = content.get("examples") or {}
        example = content.get("example", next((each.get("value") for each in examples.values()), None))
        return _fill(example, school.ids, emails)


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: "_" + match.group(1).lower(), name)


async def _document(client: AsyncClient) -> Document:
    return Document((await client.get("/schema/openapi.json")).json())


def _fill(value: Any, ids: Mapping[str, str], emails: Mapping[str, str], name: str = "") -> Any:
    snake = _snake(name)
    if isinstance(value, dict):
        return {key: _fill(each, ids, emails, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, ids, emails, name.removesuffix("s")) for each in value]
    if isinstance(value, str) and snake in ids:
        return ids[snake]
    if isinstance(value, str) and snake == "email":
        return emails["bystander"]
    return value


def _url(route: Route, school: School) -> str:
    ids = dict(school.ids)
    for prefix, renamed in IN_PATH.items():
        if prefix in route.path:
            ids |= {name: ids[source] for name, source in renamed.items()}

    def value(match: re.Match[str]) -> str:
        name = _snake(match.group(1))
        return ids.get(name) or ids.get(PLAIN.get(name, ""), PLAIN.get(name, ""))

    return re.sub(r"\{(\w+)(?::\w+)?\}", value, route.path)


def may(access: Access, persona: str, *, public: bool) -> bool:
    """What the statement says of this persona."""
    if access.relation:
        if access.anonymous and public and access.relation not in SECRETS:
            return True
        return persona in HOLDERS[access.relation]
    if access.anonymous:
        return True
    return persona != "anonymous" and (not access.roles or ROLES.get(persona, persona) in access.roles)


def wrong(access: Access, persona: str, answer: Response, *, public: bool) -> str:
    """What is wrong with this answer; empty: nothing."""
    status = answer.status_code
    if status >= 500:
        return f"{status} {answer.text[:200]}"
    code = str(_said(answer).get("code", ""))
    if may(access, persona, public=public):
        subject = access.relation.partition(".")[0]
        turned_away = status == 401 or code.startswith("auth.") or (subject != "" and code in _closed(subject))
        return f"{status} {code}: should be let in" if turned_away and not code.startswith("auth.wrong") else ""
    if persona == "anonymous" and not access.anonymous:
        return "" if status == 401 else f"{status} {code}: nobody is signed in"
    return "" if status in (403, 404) else f"{status} {code}: should be turned away"


def _said(answer: Response) -> dict[str, Any]:
    """The JSON object of an answer but for what names the request; empty where there is none (HEAD has no body)."""
    if not answer.content or "json" not in answer.headers.get("content-type", ""):
        return {}
    said = answer.json()
    return {**said, "requestId": ""} if isinstance(said, dict) else {"": said}


def _closed(subject: str) -> tuple[str, ...]:
    return (f"{subject}.not_found", f"{subject}.not_yours")


async def _try(app: Litestar, client: AsyncClient, document: Document, route: Route, persona: str, school: School) -> Response:
    services = _services(app)
    headers = dict(TUS) if "/uploads" in route.path else {}
    if persona != "anonymous":
        headers |= await token_for(services, school.people[persona])
    body = document.body(route, school, {name: f"{name}@example.org" for name in school.people})
    answer = await client.request(route.method, _url(route, school), json=body, headers=headers)
    client.cookies.clear()
    return answer


def test_every_route_states_who_may_call_it(app: Litestar) -> None:
    routes = list(routes_of(app))
    assert len(routes) > 100
    silent = [str(route) for route in routes if OPT not in route.handler.opt]
    assert not silent, silent
    unknown = {route.access.relation for route in routes} - {"", *HOLDERS}
    assert not unknown, unknown
    # A statement that is not enforced would be an ornament.
    assert all(any(guard.__name__ == "enforce" for guard in route.handler.guards or ()) for route in routes)


@pytest.mark.parametrize("persona", PERSONAS)
async def test_who_is_stated_gets_in_and_no_other(app: Litestar, client: AsyncClient, persona: str) -> None:
    services, document = _services(app), await _document(client)
    found: list[str] = []
    shared = await make_school(services.sessions, services.storage)
    for route in routes_of(app):
        access = route.access
        # Whoever is let in may change things, so each gets a school of their own.
        changes = may(access, persona, public=True) and route.method not in ("GET", "HEAD")
        school = await make_school(services.sessions, services.storage) if changes else shared
        answer = await _try(app, client, document, route, persona, school)
        excused = EXCUSED.get(str(route.handler.operation_id)) == _said(answer).get("code", "")
        if not excused and (fault := wrong(access, persona, answer, public=True)):
            found.append(f"{route} as {persona}: {fault}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("persona", PERSONAS)
async def test_what_is_not_public_is_not_there_for_strangers(app: Litestar, client: AsyncClient, persona: str) -> None:
    services, document = _services(app), await _document(client)
    found: list[str] = []
    school = await make_school(services.sessions, services.storage, CourseState.DRAFT)
    for route in routes_of(app):
        if not (route.access.anonymous and route.access.relation) or route.method not in ("GET", "HEAD"):
            continue
        answer = await _try(app, client, document, route, persona, school)
        if fault := wrong(route.access, persona, answer, public=False):
            found.append(f"{route} as {persona}: {fault}")
        if not may(route.access, persona, public=False) and answer.status_code != 404:
            found.append(f"{route} as {persona}: {answer.status_code} tells that it is there")
    assert not found, "\n".join(found)


async def test_ids_of_others_and_ids_of_nothing_answer_alike(app: Litestar, client: AsyncClient) -> None:
    services, document = _services(app), await _document(client)
    school = await make_school(services.sessions, services.storage, CourseState.DRAFT)
    nothing = School(school.people, dict.fromkeys(school.ids, str(UUID(int=7))))
    nothing.ids |= {"slug": "no-such-course", "number": "1"}
    found: list[str] = []
    for route in routes_of(app):
        if not route.access.relation or "{" not in route.path:
            continue
        answers = [await _try(app, client, document, route, "learner", each) for each in (school, nothing)]
        told = [(each.status_code, _said(each)) for each in answers]
        if told[0] != told[1]:
            found.append(f"{route}: {told[0]} and {told[1]}")
    assert not found, "\n".join(found)
