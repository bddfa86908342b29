"""Who may do what with an asset: every route, by role and by what the caller has to do with it."""

from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient

from api.services import Services
from core.ids import new_id
from db.models import AssetState
from domain.policies import Actor, may_manage_asset, may_upload, may_watch_asset
from tests.api.conftest import problem_of
from tests.support.films import Film, make_film
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]

WHO = ("anonymous", "stranger", "instructor", "operator", "viewer", "owner", "admin")
# What each of them gets: 401 without a token, 404 for what may not be known, 403 for what may be seen but not changed.
SEES = (401, 404, 404, 404, 200, 200, 200)
ROUTES = [
    ("GET", "/assets/{asset}", SEES),
    ("PATCH", "/assets/{asset}", (401, 404, 404, 404, 403, 200, 200)),
    ("GET", "/assets/{asset}/progress", SEES),
    ("POST", "/assets/{asset}/playback", (401, 404, 404, 404, 201, 201, 201)),
    ("GET", "/assets/{asset}/grants", (401, 404, 404, 404, 403, 200, 200)),
    ("POST", "/assets/{asset}/grants", (401, 404, 404, 404, 403, 201, 201)),
    ("DELETE", "/assets/{asset}/grants/{viewer}", (401, 404, 404, 404, 403, 204, 204)),
    ("GET", "/assets/{asset}/captions", SEES),
    ("GET", "/assets/{asset}/captions/en", (401, 404, 404, 404, 404, 404, 404)),
    ("PUT", "/assets/{asset}/captions/en", (401, 404, 404, 404, 403, 415, 415)),
    ("DELETE", "/assets/{asset}/captions/en", (401, 404, 404, 404, 403, 404, 404)),
    ("POST", "/assets/{asset}/captions/en/automatic", (401, 404, 404, 404, 403, 409, 409)),
    ("GET", "/assets/{asset}/transcript", (401, 404, 404, 404, 404, 404, 404)),
    ("GET", "/assets/{asset}/chapters", SEES),
    ("GET", "/assets/{asset}/chapters.vtt", SEES),
    ("PUT", "/assets/{asset}/chapters", (401, 404, 404, 404, 403, 415, 415)),
    ("GET", "/assets/{asset}/poster", (401, 404, 404, 404, 403, 200, 200)),
    ("PUT", "/assets/{asset}/poster", (401, 404, 404, 404, 403, 415, 415)),
    ("DELETE", "/assets/{asset}/poster", (401, 404, 404, 404, 403, 204, 204)),
    # Ready: nothing to cancel or to try again for those who may.
    ("POST", "/assets/{asset}/cancel", (401, 404, 404, 404, 403, 409, 409)),
    ("POST", "/assets/{asset}/retry", (401, 404, 404, 404, 403, 409, 409)),
    ("POST", "/assets/{asset}/reencode", (401, 404, 404, 404, 403, 202, 202)),
    ("DELETE", "/assets/{asset}/reencode", (401, 404, 404, 404, 403, 409, 409)),
    ("DELETE", "/assets/{asset}", (401, 404, 404, 404, 403, 204, 204)),
    ("GET", "/assets", (401, 200, 200, 200, 200, 200, 200)),
    ("GET", "/media/campaigns", (401, 403, 403, 200, 403, 403, 200)),
    ("POST", "/media/campaigns", (401, 403, 403, 201, 403, 403, 201)),
    ("DELETE", "/media/campaigns/{asset}", (401, 403, 403, 404, 403, 403, 404)),
    ("GET", "/ops/queues", (401, 403, 403, 200, 403, 403, 200)),
    ("GET", "/ops/workers", (401, 403, 403, 200, 403, 403, 200)),
    ("GET", "/ops/jobs", (401, 403, 403, 200, 403, 403, 200)),
    ("GET", "/ops/pipelines", (401, 403, 403, 200, 403, 403, 200)),
    ("GET", "/ops/pipelines/{asset}", (401, 403, 403, 404, 403, 403, 404)),
]


@pytest.fixture
async def people(sign_in: SignIn) -> dict[str, Person]:
    return {
        "stranger": await sign_in("learner"),
        "instructor": await sign_in("instructor"),
        "operator": await sign_in("operator"),
        "viewer": await sign_in("learner"),
        "owner": await sign_in("instructor"),
        "admin": await sign_in("admin"),
    }


async def _granted_film(client: AsyncClient, services: Services, people: dict[str, Person]) -> Film:
    film = await make_film(services.sessions, services.storage, people["owner"].id)
    answer = await client.post(
        f"/api/v1/assets/{film.asset_id}/grants", json={"email": people["viewer"].email}, headers=people["owner"].auth
    )
    assert answer.status_code == 201, answer.text
    return film


def _body(method: str, path: str, people: dict[str, Person]) -> dict[str, str] | None:
    if method == "PATCH":
        return {"title": "Another title"}
    if method == "POST" and path.endswith(("/reencode", "/campaigns")):
        return {"profile": "fast"}
    return {"email": people["stranger"].email} if method == "POST" and path.endswith("/grants") else None


async def test_each_route_answers_to_whom_it_should(client: AsyncClient, services: Services, people: dict[str, Person]) -> None:
    wrong: list[str] = []
    for method, path, expected in ROUTES:
        for who, status in zip(WHO, expected, strict=True):
            film = await _granted_film(client, services, people)
            url = "/api/v1" + path.format(asset=film.asset_id, viewer=people["viewer"].id)
            body = _body(method, path, people)
            headers = people[who].auth if who in people else {}
            answer = await client.request(method, url, json=body, headers=headers)
            if answer.status_code != status:
                wrong.append(f"{method} {path} as {who}: {answer.status_code} instead of {status}")
            if answer.status_code >= 400:
                problem_of(answer)
            client.cookies.clear()
    assert not wrong, "\n".join(wrong)


async def test_what_is_not_there_and_what_is_not_yours_answer_alike(
    client: AsyncClient, services: Services, people: dict[str, Person]
) -> None:
    film = await make_film(services.sessions, services.storage, people["owner"].id)
    for method, path, _ in ROUTES:
        if "{asset}" not in path or path.startswith(("/ops", "/media")):
            continue
        problems = []
        for asset in (film.asset_id, new_id()):
            url = "/api/v1" + path.format(asset=asset, viewer=people["viewer"].id)
            body = _body(method, path, people)
            answer = await client.request(method, url, json=body, headers=people["stranger"].auth)
            problems.append({**problem_of(answer), "requestId": ""})
        assert problems[0] == problems[1]


async def test_a_list_holds_what_one_may_see_and_pages_through_it(
    client: AsyncClient, services: Services, people: dict[str, Person]
) -> None:
    mine = [(await make_film(services.sessions, services.storage, people["owner"].id)).asset_id for _ in range(5)]
    granted = (await _granted_film(client, services, people)).asset_id
    await make_film(services.sessions, services.storage, people["instructor"].id, AssetState.FAILED)

    async def listed(who: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = (await client.get(f"/api/v1/assets?limit=2{cursor}", headers=people[who].auth)).json()
            assert len(page["items"]) <= 2
            found += [item["id"] for item in page["items"]]
            if page["nextCursor"] is None:
                return found
            cursor = f"&cursor={page['nextCursor']}"

    assert await listed("owner") == [str(each) for each in [granted, *reversed(mine)]]
    assert await listed("viewer") == [str(granted)]
    assert await listed("stranger") == []
    assert len(await listed("admin")) == 7


async def test_an_asset_tells_what_it_is_and_why_it_failed(
    client: AsyncClient, services: Services, people: dict[str, Person]
) -> None:
    owner = people["owner"]
    ready = await make_film(services.sessions, services.storage, owner.id)
    failed = await make_film(services.sessions, services.storage, owner.id, AssetState.FAILED)
    asset = (await client.get(f"/api/v1/assets/{ready.asset_id}", headers=owner.auth)).json()
    assert (asset["state"], asset["playable"], asset["mine"], asset["rungs"]) == ("ready", True, True, ["720p"])
    assert asset["source"]["videoCodec"] == "h264"
    assert (asset["source"]["width"], asset["source"]["fps"], asset["durationS"]) == (1280, 25.0, 60.0)
    asset = (await client.get(f"/api/v1/assets/{failed.asset_id}", headers=owner.auth)).json()
    assert (asset["state"], asset["playable"]) == ("failed", False)
    assert asset["failure"] == {"code": "media.truncated", "message": "The file is cut off."}


@pytest.mark.parametrize("body", [{}, {"email": "a@example.org", "userId": str(new_id())}, {"email": None}])
async def test_a_grant_names_one_user(
    client: AsyncClient, services: Services, people: dict[str, Person], body: dict[str, str]
) -> None:
    film = await make_film(services.sessions, services.storage, people["owner"].id)
    url = f"/api/v1/assets/{film.asset_id}/grants"
    answer = await client.post(url, json=body, headers=people["owner"].auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (422, "grant.whom")
    for unknown in ({"email": "nobody@example.org"}, {"email": "\u0000"}, {"userId": str(new_id())}):
        answer = await client.post(url, json=unknown, headers=people["owner"].auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "user.not_found")


async def test_granting_twice_changes_nothing(client: AsyncClient, services: Services, people: dict[str, Person]) -> None:
    film = await _granted_film(client, services, people)
    url, owner, viewer = f"/api/v1/assets/{film.asset_id}/grants", people["owner"], people["viewer"]
    assert (await client.post(url, json={"userId": str(viewer.id)}, headers=owner.auth)).status_code == 201
    listed = (await client.get(url, headers=owner.auth)).json()
    assert [(grant["userId"], grant["email"]) for grant in listed] == [(str(viewer.id), viewer.email)]


def test_the_policies_are_pure_and_agree_with_the_table() -> None:
    owner = new_id()
    actors = {role: Actor(new_id(), frozenset({role})) for role in ("learner", "instructor", "admin", "operator")}
    assert {role for role, actor in actors.items() if may_upload(actor)} == {"instructor", "admin"}
    assert {role for role, actor in actors.items() if may_manage_asset(actor, owner)} == {"admin"}
    assert {role for role, actor in actors.items() if may_watch_asset(actor, owner, granted=False)} == {"admin"}
    assert may_watch_asset(actors["learner"], owner, granted=True)
    assert may_manage_asset(Actor(owner, frozenset({"learner"})), owner)
