"""Captions, transcripts and chapters over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from api.app import create_app, make_services
from api.services import Services
from core.captions import MAX_BYTES
from core.media_jobs import CAPTION, MAKE_TEXT
from core.settings import Settings
from db.models import Asset, Job
from tests.api.conftest import problem_of
from tests.support.films import INFO, Film, make_film
from tests.support.in_process import in_process
from tests.support.people import Person, sign_up

SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,000\r\n<font color=red>Grüße</font> & <b>mehr</b>. So\r\n\r\n"
    "2\r\n00:00:02,000 --> 00:00:03,500\r\nbeginnt es.\r\n"
)
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nGrüße &amp; <b>mehr</b>. So\n\n00:00:02.000 --> 00:00:03.500\nbeginnt es.\n"


@pytest.fixture
async def film(services: Services, instructor: Person) -> Film:
    return await make_film(services.sessions, services.storage, instructor.id)


def url(film: Film, rest: str) -> str:
    return f"/api/v1/assets/{film.asset_id}/{rest}"


async def put(
    client: AsyncClient,
    film: Film,
    person: Person,
    body: str | bytes = SRT,
    language: str = "de",
    kind: str = "application/x-subrip",
) -> Response:
    content = body.encode() if isinstance(body, str) else body
    headers = {**person.auth, "Content-Type": kind}
    return await client.put(url(film, f"captions/{language}"), content=content, headers=headers)


async def kinds(services: Services) -> list[str]:
    async with services.sessions() as session:
        return list(await session.scalars(select(Job.kind).where(Job.kind.startswith("media.")).order_by(Job.id)))


async def test_captions_are_brought_read_and_removed(
    client: AsyncClient, services: Services, instructor: Person, film: Film
) -> None:
    made = await put(client, film, instructor)
    assert made.status_code == 200, made.text
    view = made.json()
    assert (view["language"], view["label"], view["origin"], view["inStream"]) == ("de", "Deutsch", "upload", False)
    listed = (await client.get(url(film, "captions"), headers=instructor.auth)).json()
    assert listed == [view]
    read = await client.get(url(film, "captions/de"), headers=instructor.auth)
    assert read.headers["content-type"] == "text/vtt; charset=utf-8"
    assert read.headers["content-disposition"] == 'attachment; filename="de.vtt"'
    assert read.text == VTT
    assert await kinds(services) == [MAKE_TEXT.name]
    gone = await client.delete(url(film, "captions/DE"), headers=instructor.auth)
    assert gone.status_code == 204
    for answer in (
        await client.get(url(film, "captions/de"), headers=instructor.auth),
        await client.delete(url(film, "captions/de"), headers=instructor.auth),
        await client.get(url(film, "transcript"), headers=instructor.auth),
    ):
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "captions.not_found")


async def test_captions_come_in_any_type_and_charset(client: AsyncClient, instructor: Person, film: Film) -> None:
    for body, kind in (
        (SRT.encode("cp1252"), "text/plain; charset=windows-1252"),
        (SRT.encode("utf-16"), "text/plain"),
        (VTT.encode(), "text/vtt; charset=utf-8"),
        (VTT.encode(), "application/x-subrip"),
    ):
        assert (await put(client, film, instructor, body, kind=kind)).status_code == 200
        assert (await client.get(url(film, "captions/de"), headers=instructor.auth)).text == VTT


async def test_a_label_is_tidied(client: AsyncClient, instructor: Person, film: Film) -> None:
    headers = {**instructor.auth, "Content-Type": "text/vtt"}
    path = url(film, "captions/en-us")
    answer = await client.put(path, params={"label": ' My "own"\n one '}, content=VTT, headers=headers)
    assert (answer.json()["language"], answer.json()["label"]) == ("en-US", "My own one")
    answer = await client.put(path, params={"label": " "}, content=VTT, headers=headers)
    assert answer.json()["label"] == "English (US)"
    answer = await client.put(path, params={"label": "x" * 81}, content=VTT, headers=headers)
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "request.invalid")


@pytest.mark.parametrize(
    ("body", "language", "kind", "status", "code"),
    [
        (SRT, "de", "application/json", 415, "request.unsupported_type"),
        (SRT, "de", "", 415, "request.unsupported_type"),
        (SRT, "deutsch", "text/plain", 400, "captions.language"),
        (SRT, "de%2Fen", "text/plain", 404, "request.not_found"),
        ("no captions", "de", "text/plain", 400, "captions.no_cues"),
        ("", "de", "text/plain", 400, "captions.no_cues"),
        ("[Script Info]", "de", "text/plain", 400, "captions.format"),
        (
            SRT.replace("02,000 -->", "02,000 ->").replace("01,000 -->", "01,000 --> x"),
            "de",
            "text/plain",
            400,
            "captions.bad_time",
        ),
        (SRT, "de", "text/plain; charset=rot13", 400, "captions.charset"),
        ("x" * (MAX_BYTES + 1), "de", "text/plain", 413, "request.too_large"),
    ],
)
async def test_what_is_no_caption_file_is_refused(
    client: AsyncClient,
    services: Services,
    instructor: Person,
    film: Film,
    body: str,
    language: str,
    kind: str,
    status: int,
    code: str,
) -> None:
    answer = await put(client, film, instructor, body, language, kind)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    assert (await client.get(url(film, "captions"), headers=instructor.auth)).json() == []
    assert await kinds(services) == []


async def test_a_line_at_fault_is_named(client: AsyncClient, instructor: Person, film: Film) -> None:
    answer = await put(client, film, instructor, SRT.replace("00:00:02,000 --> 00:00:03", "00:00:02,000 --> 00:00:93"))
    problem = problem_of(answer)
    assert problem["code"] == "captions.bad_time"
    assert problem["detail"].startswith("Line 6: ")
    assert problem["errors"][0]["field"] == "line 6"


async def test_the_largest_file_is_taken(client: AsyncClient, instructor: Person, film: Film) -> None:
    body = SRT + "\n" * (MAX_BYTES - len(SRT.encode()))
    assert (await put(client, film, instructor, body)).status_code == 200


async def test_who_was_granted_the_asset_reads_and_writes_nothing(
    client: AsyncClient, instructor: Person, learner: Person, film: Film
) -> None:
    await put(client, film, instructor)
    await client.post(url(film, "grants"), json={"userId": str(learner.id)}, headers=instructor.auth)
    for rest in ("captions", "captions/de", "transcript", "chapters", "chapters.vtt"):
        assert (await client.get(url(film, rest), headers=learner.auth)).status_code == 200
    assert (await put(client, film, learner)).status_code == 403
    assert (await client.delete(url(film, "captions/de"), headers=learner.auth)).status_code == 403


async def test_a_transcript_is_the_best_captions_as_text(client: AsyncClient, instructor: Person, film: Film) -> None:
    await put(client, film, instructor)
    answer = await client.get(url(film, "transcript"), headers=instructor.auth)
    assert answer.json() == {
        "language": "de",
        "label": "Deutsch",
        "origin": "upload",
        "paragraphs": [
            {
                "startS": 1.0,
                "endS": 3.5,
                "speaker": None,
                "sentences": [
                    {"startS": 1.0, "endS": pytest.approx(1.8, abs=0.1), "text": "Grüße & mehr."},
                    {"startS": pytest.approx(1.8, abs=0.1), "endS": 3.5, "text": "So beginnt es."},
                ],
            }
        ],
    }
    for language, status in (("de", 200), ("en", 404), ("?", 400)):
        answer = await client.get(url(film, "transcript"), params={"language": language}, headers=instructor.auth)
        assert answer.status_code == status


async def test_chapters_are_set_as_json_or_as_a_file(client: AsyncClient, instructor: Person, film: Film) -> None:
    wanted = {"chapters": [{"startS": 0.0, "title": "Welcome & more"}, {"startS": 12.5, "title": "Main part"}]}
    answer = await client.put(url(film, "chapters"), json=wanted, headers=instructor.auth)
    assert (answer.status_code, answer.json()) == (200, wanted)
    assert (await client.get(url(film, "chapters"), headers=instructor.auth)).json() == wanted
    file = await client.get(url(film, "chapters.vtt"), headers=instructor.auth)
    assert file.text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:12.500\nWelcome &amp; more\n\n00:00:12.500 --> 00:01:00.000\nMain part\n"
    )
    answer = await client.put(url(film, "chapters"), json={"chapters": []}, headers=instructor.auth)
    assert answer.json() == {"chapters": []}
    assert (await client.get(url(film, "chapters.vtt"), headers=instructor.auth)).text == "WEBVTT\n"
    headers = {**instructor.auth, "Content-Type": "text/vtt"}
    answer = await client.put(url(film, "chapters"), content=file.content, headers=headers)
    assert answer.json() == wanted


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"chapters": [{"startS": 60, "title": "after the end"}]}', "chapters.beyond_end"),
        ('{"chapters": [{"startS": 5, "title": "a"}, {"startS": 5, "title": "b"}]}', "chapters.not_ascending"),
        ('{"chapters": [{"startS": 5, "title": " "}]}', "chapters.bad_title"),
        ('{"chapters": [{"startS": "5", "title": "a"}]}', "request.invalid"),
        ('{"chapters": [], "more": 1}', "request.invalid"),
        ("[]", "request.invalid"),
        ("{", "request.invalid"),
        ("", "request.invalid"),
    ],
)
async def test_what_are_no_chapters_is_refused(
    client: AsyncClient, instructor: Person, film: Film, body: str, code: str
) -> None:
    headers = {**instructor.auth, "Content-Type": "application/json"}
    answer = await client.put(url(film, "chapters"), content=body, headers=headers)
    status = 400 if code == "request.invalid" else 422
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)


async def test_without_a_command_there_are_no_automatic_captions(client: AsyncClient, instructor: Person, film: Film) -> None:
    answer = await client.post(url(film, "captions/en/automatic"), headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "captions.automatic_off")


@pytest.fixture
async def captioning(settings: Settings, services: Services) -> AsyncIterator[tuple[AsyncClient, Services]]:
    """The application with a captions command, which nothing here runs."""
    media = settings.media.model_copy(update={"captions_command": "listen {wav}"})
    ours = make_services(settings.model_copy(update={"media": media}))
    async with in_process(create_app(ours.settings, ours)) as client:
        yield client, ours


async def test_automatic_captions_are_asked_for_once_and_replace_nothing(
    captioning: tuple[AsyncClient, Services],
) -> None:
    client, services = captioning
    owner = await sign_up(client, services.sessions, ["instructor"])
    film = await make_film(services.sessions, services.storage, owner.id)

    async def ask(language: str) -> Response:
        return await client.post(url(film, f"captions/{language}/automatic"), headers=owner.auth)

    answer = await ask("en")
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "captions.no_sound")
    sound = {"index": 1, "codec": "aac", "channels": 2, "sample_rate": 48_000}
    async with services.sessions.begin() as session:
        asset = await session.get_one(Asset, film.asset_id)
        asset.source = {**(asset.source or {}), "audio": [sound], "duration_s": INFO.duration_s}
    for _ in range(2):
        answer = await ask("en")
        assert (answer.status_code, answer.content) == (204, b"")
    assert await kinds(services) == [CAPTION.name]
    await put(client, film, owner)
    answer = await ask("de")
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "captions.not_replaced")


SignIn = Callable[..., Awaitable[Person]]


async def test_an_admin_may_write_for_others(client: AsyncClient, sign_in: SignIn, film: Film) -> None:
    assert (await put(client, film, await sign_in("admin"))).status_code == 200
