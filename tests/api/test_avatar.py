"""Faces of people and covers of courses: brought as any picture is, cut to shape, and seen by everyone."""

import io
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from PIL import Image

from api.services import Services
from core.catalog import CourseState
from core.ids import new_id
from core.image_jobs import NORMALISE
from core.settings import Settings
from db.models import Course, User
from storage import keys
from tests.api.conftest import problem_of
from tests.support.drain import Drain
from tests.support.people import Person, token_for
from tests.support.school import School, make_school
from transcoding.tools import Tools

ME = "/api/v1/users/me"
AVATAR = f"{ME}/avatar"


def _picture(size: tuple[int, int], kind: str = "JPEG", orientation: int = 1) -> bytes:
    """Red at the left, green in the middle, blue at the right, a third each."""
    picture = Image.new("RGB", size, "lime")
    picture.paste("red", (0, 0, size[0] // 3, size[1]))
    picture.paste("blue", (size[0] * 2 // 3, 0, *size))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(file, kind, exif=exif)
    return file.getvalue()


@pytest.fixture
async def drain(settings: Settings, services: Services, tools: Tools) -> Drain:
    return Drain(settings, services.sessions, services.storage, tools)


@pytest.fixture
async def school(client: AsyncClient, services: Services) -> School:  # the client keeps the services alive
    return await make_school(services.sessions, services.storage)


async def _put(client: AsyncClient, auth: dict[str, str], data: bytes, url: str = AVATAR, **headers: str) -> Response:
    return await client.put(url, content=data, headers={**auth, "Content-Type": "image/jpeg", **headers})


async def _shown(client: AsyncClient, url: str) -> Image.Image:
    answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    picture = Image.open(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == f"image/{(picture.format or '').lower()}"
    return picture


def _colour(picture: Image.Image, x: float, y: float = 0.5) -> str:
    pixel: Any = picture.convert("RGB").getpixel((int(picture.width * x), int(picture.height * y)))
    return "RGB"[max(range(3), key=lambda channel: pixel[channel])]


async def test_a_face_is_cut_to_a_square_and_shows_everywhere(client: AsyncClient, drain: Drain, instructor: Person) -> None:
    assert (await client.get(AVATAR, headers=instructor.auth)).json() == {"state": "none", "failure": None, "url": None}
    answer = await _put(client, instructor.auth, _picture((1200, 400)))
    assert (answer.status_code, answer.json()["state"], answer.json()["url"]) == (202, "uploaded", None)
    assert NORMALISE.name in await drain.all()
    view = (await client.get(AVATAR, headers=instructor.auth)).json()
    assert view["state"] == "ready"
    me = (await client.get(ME, headers=instructor.auth)).json()
    assert me["avatarUrl"] == view["url"]
    face = await _shown(client, view["url"])
    assert (face.size, face.format) == ((256, 256), "JPEG")
    assert [_colour(face, x) for x in (0.05, 0.5, 0.95)] == ["G", "G", "G"]
    small = await _shown(client, view["url"].replace("picture.jpg", "picture-64.webp"))
    assert (small.size, small.format) == ((64, 64), "WEBP")


async def test_a_face_that_lies_on_its_side_is_turned_before_it_is_cut(
    client: AsyncClient, drain: Drain, learner: Person
) -> None:
    await _put(client, learner.auth, _picture((300, 100), orientation=6))
    await drain.all()
    face = await _shown(client, (await client.get(AVATAR, headers=learner.auth)).json()["url"])
    assert face.size == (100, 100)
    assert _colour(face, 0.5) == "G"


async def test_the_last_face_stays_until_the_next_one_is_rendered(
    client: AsyncClient, services: Services, drain: Drain, learner: Person
) -> None:
    await _put(client, learner.auth, _picture((300, 300)))
    await drain.all()
    first = (await client.get(AVATAR, headers=learner.auth)).json()["url"]
    second = (await _put(client, learner.auth, b"no picture at all")).json()
    assert (second["state"], second["url"]) == ("uploaded", first)
    await drain.all()
    failed = (await client.get(AVATAR, headers=learner.auth)).json()
    assert (failed["state"], failed["failure"]["code"], failed["url"]) == ("failed", "image.not_an_image", first)
    await _put(client, learner.auth, _picture((300, 300), "PNG"), **{"Content-Type": "image/png"})
    await drain.all()
    third = (await client.get(AVATAR, headers=learner.auth)).json()
    assert (third["state"], third["failure"]) == ("ready", None)
    assert third["url"] != first
    assert (await client.delete(AVATAR, headers=learner.auth)).status_code == 204
    assert (await client.get(ME, headers=learner.auth)).json()["avatarUrl"] is None
    async with services.sessions() as session:
        assert (await session.get_one(User, learner.id)).avatar_id is None


async def test_a_picture_that_comes_when_nobody_wants_it_any_more_goes(
    client: AsyncClient, services: Services, drain: Drain, learner: Person
) -> None:
    await _put(client, learner.auth, _picture((300, 300)))
    await client.delete(AVATAR, headers=learner.auth)
    await drain.all()
    assert (await client.get(AVATAR, headers=learner.auth)).json()["state"] == "none"
    assert not [found.key for found in services.storage.list("pictures/")]


async def test_the_face_goes_with_the_account(
    client: AsyncClient, services: Services, drain: Drain, learner: Person, school: School
) -> None:
    await _put(client, learner.auth, _picture((300, 300)))
    await drain.all()
    url = (await client.get(AVATAR, headers=learner.auth)).json()["url"]
    admin = await token_for(services, school.people["admin"])
    assert (await client.delete(f"/api/v1/users/{learner.id}", headers=admin)).status_code == 204
    await drain.all()
    answer = await client.get(url)
    assert (answer.status_code, problem_of(answer)["code"]) == (404, "picture.not_found")
    assert not [found.key for found in services.storage.list(f"originals/{learner.id}/")]


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"", "image/jpeg", 400, "image.not_an_image"),
        (b"x" * (10 * 2**20 + 1), "image/jpeg", 413, "image.too_large"),
        (b"<svg/>", "image/svg+xml", 415, "request.unsupported_type"),
        (b"{}", "application/json", 415, "request.unsupported_type"),
    ],
)
async def test_what_can_be_no_face_is_refused(
    client: AsyncClient, services: Services, learner: Person, data: bytes, kind: str, status: int, code: str
) -> None:
    answer = await _put(client, learner.auth, data, **{"Content-Type": kind})
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    assert not [found.key for found in services.storage.list(f"originals/{learner.id}/")]


async def test_nobody_brings_a_face_without_signing_in(client: AsyncClient) -> None:
    assert (await _put(client, {}, _picture((10, 10)))).status_code == 401


async def test_what_was_uploaded_is_never_served(
    client: AsyncClient, services: Services, drain: Drain, learner: Person
) -> None:
    await _put(client, learner.auth, _picture((300, 300)))
    await drain.all()
    view = (await client.get(AVATAR, headers=learner.auth)).json()
    folder = view["url"].rpartition("/")[0]
    picture_id = UUID(folder.rpartition("/")[2])
    services.storage.put_bytes(keys.public_picture(picture_id, "source"), b"hidden")
    for url in (
        f"{folder}/source",
        f"{folder}/picture.svg",
        f"/api/v1/pictures/{new_id()}/picture.jpg",
    ):
        assert (await client.get(url)).status_code == 404, url
    assert (await client.get(f"/stream/pictures/{picture_id}/picture.jpg")).status_code == 403


async def test_who_has_a_picture_is_not_sent_it_again(client: AsyncClient, drain: Drain, learner: Person) -> None:
    await _put(client, learner.auth, _picture((300, 300)))
    await drain.all()
    url = (await client.get(AVATAR, headers=learner.auth)).json()["url"]
    tag = (await client.get(url)).headers["etag"]
    again = await client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_cover_is_cut_to_sixteen_by_nine_and_shows_with_the_course(
    client: AsyncClient, services: Services, drain: Drain, school: School
) -> None:
    course, owner = f"/api/v1/courses/{school.ids['course_id']}", await token_for(services, school.people["owner"])
    url = f"{course}/cover"
    shown = await client.get(course, headers=owner)
    stale = await _put(client, owner, _picture((10, 10)), url, **{"If-Match": '"nothing-1"'})
    assert (stale.status_code, problem_of(stale)["code"]) == (412, "request.stale")
    brought = await _put(client, owner, _picture((1800, 600)), url, **{"If-Match": shown.headers["etag"]})
    assert (brought.status_code, brought.json()["state"]) == (202, "uploaded")
    await drain.all()
    page = await client.get(course)
    assert page.json()["coverUrl"] == (await client.get(url, headers=owner)).json()["url"]
    assert page.headers["etag"] != shown.headers["etag"]
    cover = await _shown(client, page.json()["coverUrl"])
    assert cover.size == (1066, 600)
    assert [_colour(cover, x) for x in (0.02, 0.5, 0.98)] == ["R", "G", "B"]
    assert (await client.delete(url, headers=owner)).status_code == 204
    assert (await client.get(course)).json()["coverUrl"] is None


@pytest.mark.parametrize(("who", "status"), [("learner", 403), ("instructor", 403), ("assistant", 202), ("admin", 202)])
async def test_only_who_edits_the_course_brings_its_cover(
    client: AsyncClient, services: Services, school: School, who: str, status: int
) -> None:
    auth = await token_for(services, school.people[who])
    answer = await _put(client, auth, _picture((32, 18)), f"/api/v1/courses/{school.ids['course_id']}/cover")
    assert answer.status_code == status


async def test_a_draft_that_is_not_yours_has_no_cover_to_bring(client: AsyncClient, services: Services, school: School) -> None:
    async with services.sessions.begin() as session:
        (await session.get_one(Course, UUID(school.ids["course_id"]))).state = CourseState.DRAFT
    auth = await token_for(services, school.people["learner"])
    answers = [
        await _put(client, auth, _picture((32, 18)), f"/api/v1/courses/{course_id}/cover")
        for course_id in (school.ids["course_id"], new_id())
    ]
    problems = [{**problem_of(answer), "requestId": ""} for answer in answers]
    assert problems[0] == problems[1]
    assert problems[0]["code"] == "course.not_found"
