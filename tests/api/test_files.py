"""Files of lessons, from the upload to those who may have them, and to nobody else."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from httpx import AsyncClient
from PIL import Image
from sqlalchemy import delete, func, select, update

from api.markdown_images import render_for_reader
from api.services import Services
from core.catalog import CourseState, LessonKind
from core.file_jobs import CHECK, GIVE_UP, REMOVE
from core.ids import new_id
from core.settings import Settings
from db.models import AuditEntry, Course, CourseInstructor, Entitlement, File, Job, Lesson, Upload
from domain import uploads
from storage import keys
from storage.signing import STILLS_ONLY, signed_path
from tests.api.conftest import problem_of
from tests.support import tus
from tests.support.drain import Drain
from tests.support.file_desk import Desk
from tests.support.lesson_files import HTML, PDF, SVG, bomb, picture
from tests.support.school import make_school
from transcoding.tools import Tools


@pytest.fixture
async def desk(client: AsyncClient, services: Services, settings: Settings, tools: Tools) -> Desk:
    school = await make_school(services.sessions, services.storage)
    return Desk(client, services, Drain(settings, services.sessions, services.storage, tools), school)


async def test_a_document_is_looked_at_and_then_saved_under_its_name(desk: Desk) -> None:
    file_id = await desk.upload(PDF, "../講義 1.pdf", checked=False)
    view = await desk.view(file_id)
    assert (view["state"], view["filename"], view["courseId"]) == ("checking", "講義 1.pdf", str(desk.course_id))
    early = await desk.ask("POST", f"/files/{file_id}/download", "owner")
    assert (early.status_code, problem_of(early)["code"]) == (409, "file.not_ready")

    assert await desk.drain.all() == [CHECK.name, REMOVE.name]

    view = await desk.view(file_id)
    assert (view["state"], view["mediaType"], view["size"], view["failure"]) == ("ready", "application/pdf", len(PDF), None)
    assert (view["sha256"], view["inline"], view["mine"]) == (hashlib.sha256(PDF).hexdigest(), False, True)
    # The upload is gone: it is the same bytes.
    assert desk.stored(f"originals/{file_id}/") == []
    link = await desk.link(file_id)
    assert link["pictureUrl"] is None
    sent = await desk.client.get(link["url"])
    assert (sent.status_code, sent.content) == (200, PDF)
    assert sent.headers["content-type"] == "application/pdf"
    assert sent.headers["content-disposition"].startswith("attachment; filename=\"__ 1.pdf\"; filename*=UTF-8''%E8%AC%9B")
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["content-security-policy"] == "sandbox; default-src 'none'"
    part = await desk.client.get(link["url"], headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"%PDF-")
    known = await desk.client.get(link["url"], headers={"If-None-Match": sent.headers["etag"]})
    assert known.status_code == 304
    head = await desk.client.head(link["url"])
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(PDF)), b"")


HOSTILE = [
    ("page called a document", "slides.pdf", HTML, "file.not_what_it_says"),
    ("drawing called a photo", "photo.png", SVG, "file.not_what_it_says"),
    ("program", "setup.exe", b"MZ" + bytes(100), "file.executable"),
    ("program called a document", "slides.pdf", b"\x7fELF" + bytes(100), "file.executable"),
    ("film", "film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(100), "file.is_media"),
    ("broken photo", "photo.png", picture()[:60], "image.damaged"),
    ("unknown bytes", "data.bin", bytes(range(256)), "file.unknown_type"),
]


@pytest.mark.parametrize(("name", "data", "code"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
async def test_what_is_not_taken_is_told_why_and_its_bytes_go(desk: Desk, name: str, data: bytes, code: str) -> None:
    file_id = await desk.upload(data, name)
    view = await desk.view(file_id)
    assert (view["state"], view["failure"]["code"], view["mediaType"]) == ("refused", code, None)
    assert view["failure"]["message"].endswith(".")
    answer = await desk.ask("POST", f"/files/{file_id}/download", "owner")
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "file.not_ready")
    assert desk.stored(f"originals/{file_id}/") + desk.stored(f"files/{file_id}/") == []


ODD = [
    ("page", "page.html", HTML, "application/octet-stream"),
    ("page called text", "notes.txt", HTML, "application/octet-stream"),
    ("drawing", "drawing.svg", SVG, "application/octet-stream"),
    ("document and page", "both.pdf", PDF + HTML, "application/pdf"),
    ("bomb", "bomb.zip", bomb(), "application/zip"),
    ("script", "run.sh", b"#!/bin/sh\n", "text/plain; charset=utf-8"),
    ("long name", "x" * 400 + ".md", b"# x", "text/markdown; charset=utf-8"),
    ("name with quotes", 'a";filename="b.exe".txt', b"x", "text/plain; charset=utf-8"),
]


@pytest.mark.parametrize(("name", "data", "kind"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
async def test_what_browsers_would_run_is_only_ever_saved(desk: Desk, name: str, data: bytes, kind: str) -> None:
    file_id = await desk.upload(data, name)
    link = await desk.link(file_id)
    sent = await desk.client.get(link["url"])
    assert (sent.status_code, sent.content, sent.headers["content-type"]) == (200, data, kind)
    assert sent.headers["content-disposition"].startswith('attachment; filename="')
    assert sent.headers["content-disposition"].count('"') == 2
    assert sent.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert link["pictureUrl"] is None
    assert (await desk.client.get(link["url"].rpartition("/")[0] + "/inline/picture.webp")).status_code == 404


async def test_a_picture_is_shown_as_we_have_rendered_it_and_saved_as_it_came(desk: Desk) -> None:
    data = picture(size=(64, 40)) + HTML
    file_id = await desk.upload(data, "photo.png")
    assert (await desk.view(file_id))["inline"] is True
    link = await desk.link(file_id)
    assert (await desk.client.get(link["url"])).content == data
    shown = await desk.client.get(link["pictureUrl"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert shown.headers["content-disposition"] == "inline"
    assert b"script" not in shown.content
    with Image.open(BytesIO(shown.content)) as image:
        assert image.size == (64, 40)


async def test_a_picture_too_large_to_render_is_good_to_be_saved(desk: Desk) -> None:
    file_id = await desk.upload(picture(size=(5200, 5000)), "plan.png")
    view = await desk.view(file_id)
    assert (view["state"], view["inline"]) == ("ready", False)


async def test_pictures_in_a_text_get_addresses_signed_for_its_reader(desk: Desk) -> None:
    shown, document = await desk.upload(picture(), "photo.png"), await desk.upload(PDF)
    foreign = await desk.upload(picture(), "mine.png", course=False)
    sources = [shown, document, foreign, new_id()]
    text = "\n\n".join(f"![Picture {number}](file:{each})" for number, each in enumerate(sources))
    async with desk.services.sessions() as session:
        html = await render_for_reader(session, desk.services, desk.course_id, text)
    assert html.count("<img") == 1
    assert all(f"Picture {number}" in html for number in range(4))
    address = html.partition('src="')[2].partition('"')[0]
    assert address.startswith("/stream/")
    assert (await desk.client.get(address)).headers["content-type"] == "image/webp"


async def test_uploads_of_files_are_for_instructors_and_have_a_limit_of_their_own(
    desk: Desk, settings_with: Callable[..., Settings]
) -> None:
    assert problem_of(await desk.begin(PDF, "a.pdf", "learner"))["code"] == "auth.role_missing"
    course = str(desk.course_id)
    stranger = await desk.begin(PDF, "a.pdf", "instructor", course=course)
    assert (stranger.status_code, problem_of(stranger)["code"]) == (403, "course.not_yours")
    nowhere = await desk.begin(PDF, "a.pdf", course=str(new_id()))
    assert (nowhere.status_code, problem_of(nowhere)["code"]) == (404, "course.not_found")
    for metadata in ({"course": "x"}, {"purpose": "virus"}):
        assert problem_of(await desk.begin(PDF, "a.pdf", **metadata))["code"] == "upload.bad_metadata"
    limit = desk.services.settings.uploads.upload_file_max_bytes
    who = await desk.person("owner")
    header = f"filename {tus.b64('a.pdf')},purpose {tus.b64('file')}"
    for length, status in ((limit + 1, 413), (0, 400), (limit, 201)):
        assert (await tus.create(desk.client, who, length, **{"Upload-Metadata": header})).status_code == status
    # A video may be larger.
    assert (await tus.create(desk.client, who, limit + 1)).status_code == 201


async def test_an_upload_that_is_given_up_or_left_takes_its_file_along(desk: Desk) -> None:
    for ending in ("given up", "left"):
        made = await desk.begin(PDF, "a.pdf")
        url, file_id = made.headers["location"], made.headers["aula-file-id"]
        who = await desk.person("owner")
        sent = await tus.append(desk.client, who, url, 0, PDF[:10])
        assert sent.headers["aula-file-id"] == file_id
        if ending == "given up":
            assert (await desk.client.delete(url, headers={**who.auth, **tus.TUS})).status_code == 204
        else:
            async with desk.services.sessions.begin() as session:
                await session.execute(update(Upload).values(expires_at=func.now() - timedelta(seconds=1)))
            async with desk.services.sessions.begin() as session:
                assert await uploads.purge_expired(session, desk.services.clock()) == 2
        assert (await desk.ask("GET", f"/files/{file_id}", "owner")).status_code == 404
        await desk.drain.all()
        assert desk.stored("originals/") == [] or file_id not in str(desk.stored("originals/"))


async def test_completing_twice_looks_once(desk: Desk) -> None:
    file_id = await desk.upload(PDF, checked=False)
    async with desk.services.sessions() as session:
        upload = (await session.scalars(select(Upload).where(Upload.file_id == file_id))).one()
    async with desk.services.sessions.begin() as session:
        await uploads.completed(session, upload.id, desk.services.clock(), "trace")
    assert (await desk.drain.all()).count(CHECK.name) == 1


async def test_a_file_that_could_not_be_looked_at_is_refused_through_no_fault_of_its_own(desk: Desk) -> None:
    file_id = await desk.upload(PDF, checked=False)
    desk.services.storage.delete(keys.original(file_id))
    history = await desk.drain.all()
    assert GIVE_UP.name in history
    view = await desk.view(file_id)
    assert (view["state"], view["failure"]["code"]) == ("refused", "file.failed")


WHO = ("owner", "assistant", "admin", "enrolled", "learner", "instructor", "operator", "anonymous")
AUTHORS = {"owner", "assistant", "admin"}


async def _readers(desk: Desk, file_id: UUID) -> set[str]:
    """Who gets the file; the others don't learn that it exists."""
    found = set()
    for who in WHO:
        answers = [
            await desk.ask(*call, who) for call in (("GET", f"/files/{file_id}"), ("POST", f"/files/{file_id}/download"))
        ]
        statuses = {answer.status_code for answer in answers}
        assert statuses in ({200}, {404}), (who, statuses)
        if statuses == {200}:
            found.add(who)
    return found


async def test_a_file_reaches_those_who_may_have_it(desk: Desk) -> None:
    own = await desk.upload(PDF, course=False)
    assert await _readers(desk, own) == {"owner", "admin"}

    of_course = await desk.upload(PDF)
    assert await _readers(desk, of_course) == AUTHORS | {"enrolled"}

    of_lesson = await desk.upload(PDF)
    lesson_id = await desk.lesson(kind=LessonKind.FILE, file_id=of_lesson)
    assert await _readers(desk, of_lesson) == AUTHORS | {"enrolled"}
    async with desk.services.sessions.begin() as session:
        opens = {"opens_at": desk.services.clock() + timedelta(days=1)}
        await session.execute(update(Lesson).where(Lesson.id == lesson_id).values(**opens))
    assert await _readers(desk, of_lesson) == AUTHORS
    async with desk.services.sessions.begin() as session:
        await session.execute(update(Lesson).where(Lesson.id == lesson_id).values(preview=True))
    assert await _readers(desk, of_lesson) == set(WHO)

    in_text = await desk.upload(picture(), "photo.png")
    await desk.lesson(body=f"![Photo](file:{str(in_text).upper()})", opens_after_days=3)
    assert await _readers(desk, in_text) == AUTHORS
    await desk.lesson(body=f"![Photo](file:{in_text})")
    assert await _readers(desk, in_text) == AUTHORS | {"enrolled"}

    async with desk.services.sessions.begin() as session:
        await session.execute(delete(Entitlement))
    assert await _readers(desk, of_course) == await _readers(desk, in_text) == AUTHORS
    async with desk.services.sessions.begin() as session:
        await session.execute(update(Course).values(state=CourseState.DRAFT, published_at=None))
    assert await _readers(desk, of_lesson) == AUTHORS


async def test_a_signature_opens_one_file_until_it_expires(desk: Desk) -> None:
    one, other = await desk.upload(PDF), await desk.upload(PDF + b"2")
    first, second = await desk.link(one), await desk.link(other)
    token, path = first["url"].split("/", 3)[2], first["url"].split("/", 3)[3]
    assert (await desk.client.get(f"/stream/{token}/{path}")).status_code == 200

    async def refused(url: str) -> str:
        answer = await desk.client.get(url)
        assert answer.status_code == 403
        return str(problem_of(answer)["code"])

    foreign = second["url"].split("/", 3)[3]
    assert await refused(f"/stream/{token}/{foreign}") == "stream.other_asset"
    assert await refused(f"/stream/{path}") == "stream.unsigned"
    assert await refused(f"/stream/{token[:-1]}{'A' if token[-1] != 'A' else 'Q'}/{path}") == "stream.bad_signature"
    signer, now = desk.services.signer, desk.services.clock()
    assert await refused(signed_path(signer.sign(one, UUID(int=1), now - timedelta(seconds=1)), path)) == "stream.expired"
    # A viewer's session, and the signature of pictures in lists, are for other things.
    for session_id in (new_id(), STILLS_ONLY):
        assert await refused(signed_path(signer.sign(one, session_id, now + timedelta(hours=1)), path)) == "stream.unsigned"
    for other_key in (f"hls/{path[6:]}", f"originals/{one}/source"):
        assert await refused(f"/stream/{token}/{other_key}") in ("stream.unsigned", "stream.bad_path")
    missing = await desk.client.get(f"/stream/{token}/{path}x")
    assert missing.status_code == 404


async def test_a_name_changes_at_once_and_must_not_mislead(desk: Desk) -> None:
    file_id = await desk.upload(b"# Notes", "notes.md")
    url = (await desk.link(file_id))["url"]
    answer = await desk.ask("PATCH", f"/files/{file_id}", "assistant", json={"filename": "Übung.txt"})
    assert (answer.status_code, answer.json()["filename"], answer.json()["mediaType"]) == (200, "Übung.txt", "text/plain")
    assert "%C3%9Cbung.txt" in (await desk.client.get(url)).headers["content-disposition"]
    for name in ("notes.pdf", "notes.exe"):
        answer = await desk.ask("PATCH", f"/files/{file_id}", "owner", json={"filename": name})
        assert (answer.status_code, problem_of(answer)["code"]) == (422, "file.name_mismatch")
        assert problem_of(answer)["errors"][0]["field"] == "filename"
    for body in ({"filename": ""}, {"filename": "a\nb"}, {"filename": None}, {"name": "x"}, {"courseId": "x"}):
        assert (await desk.ask("PATCH", f"/files/{file_id}", "owner", json=body)).status_code == 400


async def test_files_are_changed_by_their_owner_and_the_authors_of_their_course(desk: Desk) -> None:
    file_id = await desk.upload(PDF)
    for who, status in {"anonymous": 401, "learner": 404, "instructor": 404, "enrolled": 403}.items():
        for method in ("PATCH", "DELETE"):
            body = {"json": {"filename": "x.pdf"}} if method == "PATCH" else {}
            assert (await desk.ask(method, f"/files/{file_id}", who, **body)).status_code == status, (who, method)
    for who in sorted(AUTHORS):
        assert (await desk.ask("PATCH", f"/files/{file_id}", who, json={})).status_code == 200
    async with desk.services.sessions.begin() as session:
        await session.execute(update(CourseInstructor).values(permissions=["grade"]))
    answer = await desk.ask("PATCH", f"/files/{file_id}", "assistant", json={})
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "file.not_yours")


async def test_a_file_is_given_to_a_course_and_stays_there_while_a_lesson_uses_it(desk: Desk) -> None:
    file_id = await desk.upload(PDF, course=False)
    course = {"courseId": str(desk.course_id)}
    assert (await desk.ask("PATCH", f"/files/{file_id}", "owner", json={"courseId": str(new_id())})).status_code == 404
    assert (await desk.ask("PATCH", f"/files/{file_id}", "owner", json=course)).json()["courseId"] == course["courseId"]
    lesson_id = await desk.lesson(kind=LessonKind.FILE, file_id=file_id)
    for method, body in (("PATCH", {"json": {"courseId": None}}), ("DELETE", {})):
        answer = await desk.ask(method, f"/files/{file_id}", "owner", **body)
        assert (answer.status_code, problem_of(answer)["code"]) == (409, "file.in_use")
    async with desk.services.sessions.begin() as session:
        await session.execute(delete(Lesson).where(Lesson.id == lesson_id))
    url = (await desk.link(file_id))["url"]
    assert (await desk.ask("DELETE", f"/files/{file_id}", "owner")).status_code == 204
    # Gone at once, before the job that removes its bytes.
    assert (await desk.client.get(url)).status_code == 404
    assert (await desk.ask("GET", f"/files/{file_id}", "owner")).status_code == 404
    assert await desk.drain.all() == [REMOVE.name]
    assert desk.stored(f"files/{file_id}/") == []
    async with desk.services.sessions() as session:
        actions = set(await session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == file_id)))
    assert actions == {"file.created", "file.assigned", "file.deleted"}


async def test_deleting_while_it_is_looked_at_leaves_nothing(desk: Desk) -> None:
    file_id = await desk.upload(PDF, checked=False)
    assert (await desk.ask("DELETE", f"/files/{file_id}", "owner")).status_code == 204
    assert CHECK.name not in await desk.drain.all()
    assert desk.stored(f"originals/{file_id}/") + desk.stored(f"files/{file_id}/") == []
    async with desk.services.sessions() as session:
        assert await session.get(File, file_id) is None
        assert not list(await session.scalars(select(Job).where(Job.kind == GIVE_UP.name, Job.state == "available")))


async def test_a_list_holds_ones_own_files_or_those_of_a_course(desk: Desk) -> None:
    own = await desk.upload(PDF, course=False)
    of_course = [await desk.upload(PDF) for _ in range(2)]

    async def listed(who: str, query: str = "") -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            answer = await desk.ask("GET", f"/files?limit=2{query}{cursor}", who)
            assert answer.status_code == 200, answer.text
            found += [item["id"] for item in answer.json()["items"]]
            if answer.json()["nextCursor"] is None:
                return found
            cursor = f"&cursor={answer.json()['nextCursor']}"

    query, already = f"&courseId={desk.course_id}", desk.school.ids["file_id"]
    assert await listed("owner") == [str(each) for each in (*reversed(of_course), own)] + [already]
    assert await listed("assistant", query) == [str(each) for each in reversed(of_course)] + [already]
    assert await listed("assistant") == await listed("learner") == []
    for who, status in {"anonymous": 401, "learner": 403, "instructor": 403}.items():
        assert (await desk.ask("GET", f"/files?{query}", who)).status_code == status
