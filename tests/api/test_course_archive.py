"""Courses leave as archives, come in as archives, and are copied; what is no archive changes nothing."""

import io
import json
import stat
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import func, select

from api import course_archive
from api.course_archive import MAX_BYTES, MAX_ENTRIES, write_archive
from api.services import Services
from core.course_document import CourseDocument
from core.course_files import unpack
from core.errors import ErrorKind, Refused
from core.ids import new_id
from db.models import Asset, Course, File, Lesson, Module, Question, Quiz
from ops.demo_course.content import VIDEO, read_course
from tests.api.conftest import problem_of
from tests.support.films import make_film
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]
COURSE = {"format": "aula-course", "version": 1, "course": {"title": "A small course"}}
PLAIN: dict[str, bytes | str] = {"course.json": json.dumps(COURSE)}
NAMES_A_TEXT = {"title": "A", "descriptionFile": "a.md"}


def zipped(files: dict[str, bytes | str], **entry: Any) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for field, value in entry.items():
                setattr(info, field, value)
            archive.writestr(info, content)
    return target.getvalue()


def course_with(**parts: Any) -> bytes:
    """An archive of a course with these parts."""
    return zipped({"course.json": json.dumps(COURSE | parts)})


async def bring(client: AsyncClient, person: Person, content: bytes, **headers: str) -> Response:
    told = {**person.auth, "Content-Type": "application/zip", **headers}
    return await client.post("/api/v1/courses/import", content=content, headers=told)


async def take(client: AsyncClient, person: Person, course_id: str) -> bytes:
    answer = await client.get(f"/api/v1/courses/{course_id}/export", headers=person.auth)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return answer.content


def without_ids(document: CourseDocument) -> Any:
    """What a document says, whatever its parts are called."""
    names: dict[str, str] = {}

    def plain(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: plain(each, name) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each, key) for each in value]
        if key in ("id", "quiz", "assignment", "requires") and isinstance(value, str) and len(value) == 36:
            return names.setdefault(value, f"#{len(names)}")
        return value

    return plain(msgspec.to_builtins(document))


def contents(archive: bytes) -> CourseDocument:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return unpack({name: opened.read(name) for name in opened.namelist()})


async def test_an_exported_course_comes_in_again_as_it_was(client: AsyncClient, instructor: Person) -> None:
    first = await bring(client, instructor, write_archive(read_course()))
    assert first.status_code == 201, first.text
    made = first.json()
    assert made["course"]["slug"] == "technical-architecture"
    assert made["course"]["state"] == "draft"
    assert made["course"]["lessonCount"] == 38
    assert [(each["code"], each["lesson"]) for each in made["warnings"]] == [("archive.asset_open", VIDEO_LESSON)]
    assert first.headers["etag"]
    exported = await take(client, instructor, made["course"]["id"])
    second = await bring(client, instructor, exported)
    assert second.status_code == 201
    assert second.json()["course"]["slug"] != "technical-architecture"
    again = await take(client, instructor, second.json()["course"]["id"])
    before, after = without_ids(contents(exported)), without_ids(contents(again))
    assert before["course"].pop("slug") != after["course"].pop("slug")
    assert before == after
    assert await take(client, instructor, made["course"]["id"]) == exported


VIDEO_LESSON = "Latency, throughput and queues"


async def test_nothing_of_another_one_is_linked(
    client: AsyncClient, services: Services, instructor: Person, sign_in: SignIn
) -> None:
    other = await sign_in("instructor", name="another")
    film = await make_film(services.sessions, services.storage, other.id)
    mine = await make_film(services.sessions, services.storage, instructor.id)
    async with services.sessions.begin() as session:
        file = File(id=new_id(), owner_id=other.id, filename="plan.pdf", state="uploading")
        session.add(file)
        own = File(id=new_id(), owner_id=instructor.id, filename="mine.pdf", state="uploading")
        session.add(own)
    lessons = [
        {"kind": "video", "title": "Theirs", "asset": {"id": str(film.asset_id)}},
        {"kind": "video", "title": "Mine", "asset": {"id": str(mine.asset_id)}},
        {"kind": "video", "title": "Unknown", "asset": {"id": str(new_id())}},
        {"kind": "file", "title": "Their file", "file": {"id": str(file.id)}},
        {"kind": "file", "title": "My file", "file": {"id": str(own.id)}},
        {"kind": "text", "title": "Picture", "body": f"![A](file:{file.id})"},
    ]
    answer = await bring(client, instructor, course_with(modules=[{"title": "M", "lessons": lessons}]))
    assert answer.status_code == 201, answer.text
    found = {(each["lesson"], each["code"]) for each in answer.json()["warnings"]}
    assert found == {
        ("Theirs", "archive.asset_open"),
        ("Unknown", "archive.asset_open"),
        ("Their file", "archive.file_open"),
        ("Picture", "archive.picture_open"),
    }
    async with services.sessions() as session:
        rows = {lesson.title: lesson for lesson in await session.scalars(select(Lesson))}
        theirs, ours = await session.get_one(File, file.id), await session.get_one(File, own.id)
    assert rows["Mine"].asset_id == mine.asset_id
    assert rows["Theirs"].asset_id is rows["Unknown"].asset_id is rows["Their file"].file_id is None
    assert rows["My file"].file_id == own.id
    assert theirs.course_id is None
    assert str(ours.course_id) == answer.json()["course"]["id"]


HOSTILE = {
    "nothing": (b"", "archive.not_a_zip"),
    "no zip": (b"GIF89a" * 50, "archive.not_a_zip"),
    "cut off": (course_with()[:-30], "archive.not_a_zip"),
    "no document": (zipped({"readme.md": "hello"}), "archive.no_document"),
    "no json": (zipped({"course.json": b"\xff\xfe{"}), "archive.not_json"),
    "deep": (zipped({"course.json": "[" * 60_000}), "archive.not_json"),
    "a list": (zipped({"course.json": "[]"}), "archive.not_a_course"),
    "another format": (zipped({"course.json": '{"format": "x"}'}), "archive.not_a_course"),
    "from the future": (zipped({"course.json": json.dumps(COURSE | {"version": 2})}), "archive.version"),
    "unknown field": (course_with(surprise=1), "archive.invalid"),
    "no title": (course_with(course={}), "archive.invalid"),
    "NUL in a text": (course_with(course={"title": "A", "description": "a\x00b"}), "archive.invalid"),
    "slug with a line end": (course_with(course={"title": "A", "slug": "a\n"}), "archive.invalid"),
    "modules of the wrong type": (course_with(modules={"a": 1}), "archive.invalid"),
    "upwards": (zipped({"course.json": json.dumps(COURSE), "../evil.md": "x"}), "archive.unsafe_name"),
    "upwards inside": (zipped({"course.json": json.dumps(COURSE), "a/../../evil.md": "x"}), "archive.unsafe_name"),
    "absolute": (zipped({"course.json": json.dumps(COURSE), "/etc/passwd": "x"}), "archive.unsafe_name"),
    "another system's": (zipped({"course.json": json.dumps(COURSE), "C:\\x.md": "x"}), "archive.unsafe_name"),
    "control character": (zipped({"course.json": json.dumps(COURSE), "a\x1b[2J.md": "x"}), "archive.unsafe_name"),
    "symbolic link": (
        zipped({"course.json": json.dumps(COURSE)}, external_attr=(stat.S_IFLNK | 0o777) << 16),
        "archive.unsafe_name",
    ),
    "device": (zipped({"course.json": json.dumps(COURSE)}, external_attr=(stat.S_IFCHR | 0o666) << 16), "archive.unsafe_name"),
    "bomb": (zipped({"course.json": json.dumps(COURSE) + " " * 9_000_000}), "archive.bomb"),
    "bomb of text": (zipped({"course.json": json.dumps(COURSE), "a.md": b"\x00" * 5_000_000}), "archive.bomb"),
    "too many": (zipped({f"{number}.txt": "" for number in range(MAX_ENTRIES + 1)}), "archive.too_many_entries"),
    "text that is not there": (course_with(course={"title": "A", "descriptionFile": "a.md"}), "archive.text_missing"),
    "text upwards": (course_with(course={"title": "A", "descriptionFile": "../../etc/passwd"}), "archive.text_missing"),
    "text that is a number": (course_with(course={"title": "A", "descriptionFile": 7}), "archive.text_missing"),
    "text in bytes": (
        zipped(
            {"course.json": json.dumps(COURSE | {"course": {"title": "A", "descriptionFile": "a.md"}}), "a.md": b"\xff\xfe"}
        ),
        "archive.not_text",
    ),
    "quiz that is not there": (
        course_with(modules=[{"title": "M", "lessons": [{"kind": "quiz", "title": "Q", "quiz": "x"}]}]),
        "archive.inconsistent",
    ),
    "video in a text": (
        course_with(modules=[{"title": "M", "lessons": [{"kind": "text", "title": "T", "asset": {}}]}]),
        "archive.inconsistent",
    ),
    "twice the same": (course_with(modules=[{"id": "a", "title": "M"}, {"id": "a", "title": "N"}]), "archive.inconsistent"),
    "circle": (
        course_with(
            modules=[
                {
                    "title": "M",
                    "lessons": [
                        {"id": "a", "kind": "text", "title": "A", "requires": ["b"]},
                        {"id": "b", "kind": "text", "title": "B", "requires": ["a"]},
                    ],
                }
            ]
        ),
        "archive.inconsistent",
    ),
    "two right answers": (
        course_with(
            quizzes=[
                {
                    "id": "q",
                    "title": "Q",
                    "questions": [
                        {
                            "prompt": "?",
                            "content": {
                                "kind": "single_choice",
                                "choices": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B", "right": True}],
                            },
                        }
                    ],
                }
            ]
        ),
        "archive.inconsistent",
    ),
    "moment without a zone": (
        course_with(modules=[{"title": "M", "opensAt": "2030-01-01T00:00:00"}]),
        "archive.inconsistent",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_course_is_refused_with_a_code(case: str) -> None:
    content, code = HOSTILE[case]
    with pytest.raises(Refused) as refused:
        course_archive.read_archive(content)
    assert (refused.value.code, refused.value.kind) == (code, ErrorKind.UNPROCESSABLE)


async def test_what_is_refused_leaves_nothing(client: AsyncClient, services: Services, instructor: Person) -> None:
    for case in ("nothing", "upwards", "unknown field", "circle"):
        content, code = HOSTILE[case]
        answer = await bring(client, instructor, content)
        assert answer.status_code == 422, answer.text
        assert problem_of(answer)["code"] == code
    async with services.sessions() as session:
        assert [await session.scalar(select(func.count()).select_from(each)) for each in (Course, Module, Quiz)] == [0, 0, 0]


def test_an_archive_that_lies_about_sizes_is_no_way_around_them() -> None:
    honest = zipped({"course.json": json.dumps(COURSE) + " " * 9_000_000})
    size = len(json.dumps(COURSE)) + 9_000_000
    lying = honest.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Exception, match=r"archive\.(bomb|damaged|not_a_zip|not_json)"):
        course_archive.read_archive(lying)


async def test_an_archive_that_is_too_large_is_refused_before_it_is_read(client: AsyncClient, instructor: Person) -> None:
    answer = await bring(client, instructor, b"PK\x03\x04" + bytes(MAX_BYTES))
    assert answer.status_code == 413
    assert problem_of(answer)["code"] in {"archive.too_large", "request.too_large"}


async def test_only_zip_is_taken_and_only_of_authors(client: AsyncClient, instructor: Person, learner: Person) -> None:
    refused = await bring(client, instructor, course_with(), **{"Content-Type": "application/json"})
    assert refused.status_code == 415
    assert (await bring(client, learner, course_with())).status_code == 403
    anonymous = await client.post("/api/v1/courses/import", content=b"", headers={"Content-Type": "application/zip"})
    assert anonymous.status_code == 401


async def test_an_import_sent_twice_with_one_key_makes_one_course(client: AsyncClient, instructor: Person) -> None:
    key = {"Idempotency-Key": "import-1"}
    first = await bring(client, instructor, course_with(), **key)
    second = await bring(client, instructor, course_with(), **key)
    assert first.json()["course"]["id"] == second.json()["course"]["id"]
    other = await bring(client, instructor, course_with(course={"title": "Another"}), **key)
    assert other.status_code == 422


async def test_a_copy_is_a_draft_with_rows_of_its_own(
    client: AsyncClient, services: Services, instructor: Person, learner: Person
) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id)
    async with services.sessions.begin() as session:
        asset = await session.get_one(Asset, film.asset_id)
        asset.filename = VIDEO
    made = (await bring(client, instructor, write_archive(read_course()))).json()["course"]
    path = f"/api/v1/courses/{made['id']}"
    assert (await client.post(f"{path}/duplicate", headers=learner.auth)).status_code == 404
    answer = await client.post(f"{path}/duplicate", headers=instructor.auth)
    assert answer.status_code == 201, answer.text
    copy = answer.json()["course"]
    assert copy["title"] == "Technical Architecture in Practice (copy)"
    assert copy["slug"] == "technical-architecture-in-practice-copy"
    assert copy["state"] == "draft"
    assert copy["owner"]["id"] == str(instructor.id)
    async with services.sessions() as session:
        lessons = await session.scalar(select(func.count()).select_from(Lesson))
        questions = await session.scalar(select(func.count()).select_from(Question))
        per_course = set(await session.scalars(select(Lesson.course_id)))
        crossed = select(Lesson.id).join(Quiz, Quiz.id == Lesson.quiz_id).where(Quiz.course_id != Lesson.course_id)
        assert (await session.scalars(crossed)).all() == []
    document = read_course()
    assert lessons == 2 * len(document.lessons)
    assert questions == 2 * sum(len(quiz.questions) for quiz in document.quizzes)
    assert len(per_course) == 2


async def test_an_export_is_its_editors_alone(client: AsyncClient, instructor: Person, sign_in: SignIn) -> None:
    made = (await bring(client, instructor, course_with())).json()["course"]
    other = await sign_in("instructor", name="another")
    for person, status in ((other, 404), (await sign_in("admin"), 200)):
        answer = await client.get(f"/api/v1/courses/{made['id']}/export", headers=person.auth)
        assert answer.status_code == status
