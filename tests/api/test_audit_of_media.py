"""What changes a video, or who may see it, is in the audit log; what is refused is not."""

from typing import Any

from httpx import AsyncClient
from sqlalchemy import select

from api.services import Services
from db.models import AuditEntry
from tests.support.films import Film, make_film
from tests.support.people import PASSWORD, Person
from tests.support.tus import TUS, create


async def _noted(services: Services, subject: object) -> list[tuple[str, dict[str, Any]]]:
    """What was noted about a subject, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject_id == subject).order_by(AuditEntry.id)
    async with services.sessions() as session:
        return [(entry.action, entry.detail) for entry in await session.scalars(query)]


async def _film(services: Services, owner: Person) -> tuple[Film, str]:
    film = await make_film(services.sessions, services.storage, owner.id)
    return film, f"/api/v1/assets/{film.asset_id}"


async def test_grants_are_noted_once_each_way(
    client: AsyncClient, services: Services, instructor: Person, learner: Person
) -> None:
    film, url = await _film(services, instructor)
    for _ in range(2):
        granted = await client.post(f"{url}/grants", json={"email": learner.email}, headers=instructor.auth)
        assert granted.status_code == 201
    for _ in range(2):
        withdrawn = await client.delete(f"{url}/grants/{learner.id}", headers=instructor.auth)
        assert withdrawn.status_code == 204
    whom = {"user": str(learner.id)}
    assert await _noted(services, film.asset_id) == [("asset.granted", whom), ("asset.grant_withdrawn", whom)]


async def test_changes_of_a_video_are_noted(client: AsyncClient, services: Services, instructor: Person) -> None:
    film, url = await _film(services, instructor)
    auth = instructor.auth
    vtt = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
    answers = [
        await client.patch(url, json={"title": "A better name"}, headers=auth),
        await client.put(f"{url}/captions/de", content=vtt, headers={**auth, "Content-Type": "text/vtt"}),
        await client.delete(f"{url}/captions/DE", headers=auth),
        await client.put(f"{url}/chapters", json={"chapters": [{"startS": 0, "title": "Welcome"}]}, headers=auth),
        await client.delete(f"{url}/poster", headers=auth),
        await client.delete(url, headers=auth),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 204, 200, 204, 204], [answer.text for answer in answers]
    noted = await _noted(services, film.asset_id)
    assert [action.removeprefix("asset.") for action, _ in noted] == [
        *("changed", "captions_set", "captions_removed", "chapters_set", "poster_removed", "deleted")
    ]
    details = dict(noted)
    assert details["asset.changed"]["title"] == details["asset.deleted"]["title"] == "A better name"
    assert details["asset.captions_removed"] == {"language": "de"}


async def test_a_refused_change_is_not_noted(
    client: AsyncClient, services: Services, instructor: Person, learner: Person
) -> None:
    film, url = await _film(services, instructor)
    assert (await client.delete(url, headers=learner.auth)).status_code == 404
    unknown = await client.post(f"{url}/grants", json={"email": "nobody@example.org"}, headers=instructor.auth)
    assert unknown.status_code == 404
    assert await _noted(services, film.asset_id) == []


async def test_an_upload_is_noted_when_it_begins_and_when_it_is_given_up(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    begun = await create(client, instructor, 1000)
    assert begun.status_code == 201, begun.text
    asset_id = begun.headers["aula-asset-id"]
    gone = await client.delete(begun.headers["location"], headers={**instructor.auth, **TUS})
    assert gone.status_code == 204, gone.text
    assert [action for action, _ in await _noted(services, asset_id)] == ["asset.created", "asset.given_up"]


async def test_a_new_account_is_noted_as_its_own_doing(client: AsyncClient, services: Services) -> None:
    newcomer = {"email": "newcomer@example.org", "password": PASSWORD, "displayName": "A newcomer"}
    made = await client.post("/api/v1/users/register", json=newcomer)
    user_id = made.json()["id"]
    async with services.sessions() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == user_id))).one()
    assert (entry.action, str(entry.actor_id)) == ("user.registered", user_id)
