"""Courses for tests, made over HTTP as authors make them."""

from typing import Any

from httpx import AsyncClient

from tests.support.people import Person

API = "/api/v1"


async def new_course(client: AsyncClient, owner: Person, title: str = "A course", **more: Any) -> dict[str, Any]:
    """A draft."""
    return await _made(client, owner, "/courses", {"title": title, **more})


async def new_module(
    client: AsyncClient, owner: Person, course_id: str, title: str = "A module", **more: Any
) -> dict[str, Any]:
    """A module at the end of the course."""
    return await _made(client, owner, f"/courses/{course_id}/modules", {"title": title, **more})


async def new_lesson(
    client: AsyncClient, owner: Person, module_id: str, title: str = "A lesson", **more: Any
) -> dict[str, Any]:
    """A lesson at the end of the module; a text, unless it is said to be something else."""
    body = {"title": title, "kind": "text", "body": "Words.", **more}
    return await _made(client, owner, f"/modules/{module_id}/lessons", body)


async def published_course(
    client: AsyncClient, owner: Person, admin: Person, title: str = "A course", **more: Any
) -> dict[str, Any]:
    """A course with one text, in the catalogue."""
    course = await new_course(client, owner, title, **more)
    module = await new_module(client, owner, course["id"])
    await new_lesson(client, owner, module["id"])
    answer = await client.post(f"{API}/courses/{course['id']}/publish", headers=admin.auth)
    assert answer.status_code == 200, answer.text
    published: dict[str, Any] = answer.json()
    return published


async def _made(client: AsyncClient, owner: Person, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(API + path, json=body, headers=owner.auth)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
