"""A desk at which tests bring files in and ask for them, as anybody of a school."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from api.services import Services
from core.catalog import LessonKind
from core.ids import new_id
from db.models import Lesson
from tests.support import tus
from tests.support.drain import Drain
from tests.support.people import Person, token_for
from tests.support.school import School

API = "/api/v1"


class Desk:
    """Everything that the tests do with files."""

    def __init__(self, client: AsyncClient, services: Services, drain: Drain, school: School) -> None:
        self.client, self.services, self.drain, self.school = client, services, drain, school
        self.course_id = UUID(school.ids["course_id"])
        self._people: dict[str, Person] = {}

    async def person(self, name: str) -> Person:
        if name not in self._people:
            headers = await token_for(self.services, self.school.people[name])
            self._people[name] = Person(self.school.people[name], name, headers["Authorization"].removeprefix("Bearer "))
        return self._people[name]

    async def ask(self, method: str, path: str, who: str, **more: Any) -> Response:
        headers = {} if who == "anonymous" else (await self.person(who)).auth
        return await self.client.request(method, API + path, headers=headers, **more)

    async def begin(self, data: bytes, filename: str, who: str = "owner", **metadata: str) -> Response:
        pairs = {"filename": filename, "purpose": "file", **metadata}
        header = ",".join(f"{name} {tus.b64(value)}" for name, value in pairs.items())
        return await tus.create(self.client, await self.person(who), len(data), **{"Upload-Metadata": header})

    async def upload(self, data: bytes, filename: str = "notes.pdf", *, course: bool = True, checked: bool = True) -> UUID:
        made = await self.begin(data, filename, **({"course": str(self.course_id)} if course else {}))
        assert made.status_code == 201, made.text
        sent = await tus.append(self.client, await self.person("owner"), made.headers["location"], 0, data)
        assert sent.status_code == 204, sent.text
        if checked:
            await self.drain.all()
        return UUID(made.headers["aula-file-id"])

    async def view(self, file_id: UUID, who: str = "owner") -> dict[str, Any]:
        answer = await self.ask("GET", f"/files/{file_id}", who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def link(self, file_id: UUID, who: str = "owner") -> dict[str, Any]:
        answer = await self.ask("POST", f"/files/{file_id}/download", who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def lesson(self, **values: Any) -> UUID:
        facts = {"kind": LessonKind.TEXT, "title": "With a file", "position": new_id().hex, **values}
        lesson = Lesson(id=new_id(), course_id=self.course_id, module_id=UUID(self.school.ids["module_id"]), **facts)
        async with self.services.sessions.begin() as session:
            session.add(lesson)
        return lesson.id

    def stored(self, prefix: str) -> list[str]:
        return [info.key for info in self.services.storage.list(prefix)]
