"""Bad input: each kind of it is a problem with a stable code, never a 500, and nothing of it is told to the logs in clear."""

import json
import logging
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from api.app import create_app
from api.services import Services
from core.errors import ErrorKind
from core.ids import new_id
from core.settings import Settings
from db.models import User
from db.session import make_engine
from tests.api.conftest import problem_of
from tests.support.in_process import in_process
from tests.support.people import PASSWORD, Person

JSON = {"Content-Type": "application/json"}
GOOD = {"email": "ada@example.org", "password": PASSWORD, "displayName": "Ada"}
REGISTER = "/api/v1/users/register"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", JSON, 400, "request.invalid"),
        (b"{", JSON, 400, "request.malformed"),
        (b"null", JSON, 400, "request.invalid"),
        (b"[]", JSON, 400, "request.invalid"),
        (b'"text"', JSON, 400, "request.invalid"),
        (b"{} {}", JSON, 400, "request.malformed"),
        (b"\xff\xfe", JSON, 400, "request.malformed"),
        (b'{"email": "\xff"}', JSON, 400, "request.malformed"),
        (b'{"email": "\\ud800"}', JSON, 400, "request.malformed"),
        (b"[" * 30_000, JSON, 400, "request.malformed"),
        (json.dumps(GOOD).encode(), {"Content-Type": "text/plain"}, 415, "request.unsupported_type"),
        (json.dumps(GOOD).encode(), {}, 415, "request.unsupported_type"),
        (b"email=a", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "request.unsupported_type"),
        (json.dumps({**GOOD, "displayName": "x" * 70_000}).encode(), JSON, 413, "request.too_large"),
    ],
)
async def test_a_body_that_is_none_is_refused(
    client: AsyncClient, services: Services, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post(REGISTER, content=body, headers=headers)
    problem = problem_of(answer)
    assert (answer.status_code, problem["code"]) == (status, code)
    async with services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 0


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "request.not_found"),
        ("GET", "/api/v1/assets/not-a-uuid", 404, "request.not_found"),
        ("GET", "/api/v1/assets/%00", 404, "request.not_found"),
        ("PUT", "/api/v1/assets", 405, "request.method_not_allowed"),
        ("GET", "/api/v1/assets?cursor=x", 400, "request.invalid"),
        ("GET", "/api/v1/assets?limit=0", 400, "request.invalid"),
        ("GET", "/api/v1/assets?limit=101", 400, "request.invalid"),
        ("GET", "/api/v1/assets?limit=abc", 400, "request.invalid"),
        ("GET", "/api/v1/ops/jobs?state=odd", 400, "request.invalid"),
        ("HEAD", "/api/v1/uploads/%00", 404, None),
    ],
)
async def test_an_address_that_is_none_is_refused(
    client: AsyncClient, sign_in: Any, method: str, path: str, status: int, code: str | None
) -> None:
    admin: Person = await sign_in("admin")
    answer = await client.request(method, path, headers={**admin.auth, "Tus-Resumable": "1.0.0"})
    assert answer.status_code == status, answer.text
    if code is not None:
        assert problem_of(answer)["code"] == code


async def test_a_wrong_parameter_is_named(client: AsyncClient, learner: Person) -> None:
    problem = problem_of(await client.get("/api/v1/assets?limit=0&cursor=x", headers=learner.auth))
    assert {error["field"] for error in problem["errors"]} == {"limit", "cursor"}


async def test_every_answer_carries_an_id_and_the_security_headers(client: AsyncClient) -> None:
    ids = set()
    for path in ("/api/v1/nothing", "/health/live", "/schema/openapi.json", "/api/v1/users/me"):
        answer = await client.get(path, headers={"X-Request-Id": "chosen-by-the-caller"})
        ids.add(answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        if answer.status_code >= 400:
            assert problem_of(answer)["requestId"] == answer.headers["x-request-id"]
    assert len(ids) == 4
    assert "chosen-by-the-caller" not in ids


async def test_the_page_may_fetch_from_the_cdn_and_the_bucket_and_from_nowhere_else(
    settings: Settings, services: Services
) -> None:
    cdn = settings.cdn.model_copy(update={"cloudfront_url": "https://cdn.school.example"})
    bucket = settings.storage.model_copy(update={"storage_url": "s3://bucket/x?endpoint=https://s3.example:9000"})
    async with in_process(create_app(settings.model_copy(update={"cdn": cdn, "storage": bucket}), services)) as client:
        policy = (await client.get("/health/live")).headers["content-security-policy"]
    for source in ("connect-src 'self'", "media-src 'self' blob:", "img-src 'self' data: blob:"):
        assert f"{source} https://cdn.school.example https://s3.example:9000;" in policy


async def test_an_unreachable_database_is_said_to_be_so(
    client: AsyncClient, services: Services, learner: Person, caplog: pytest.LogCaptureFixture
) -> None:
    away = services.settings.database.model_copy(update={"database_url": "postgresql://nobody@/none?host=/nonexistent"})
    engine = make_engine(away, application_name="tests", profile="api")
    before = services.sessions.kw["bind"]
    services.sessions.configure(bind=engine)
    with caplog.at_level(logging.ERROR):
        answer = await client.get("/api/v1/users/me", headers=learner.auth)
        ready = await client.get("/health/ready")
    services.sessions.configure(bind=before)
    await engine.dispose()
    assert (answer.status_code, problem_of(answer)["code"]) == (503, "service.unavailable")
    assert answer.headers["retry-after"]
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "unreachable")
    assert (await client.get("/health/live")).status_code == 200


async def test_a_bug_is_a_500_that_tells_nothing(client: AsyncClient, learner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("api.routes.users.me.queries.by_id", breaks)
    answer = await client.get("/api/v1/users/me", headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_a_client_that_goes_away_in_mid_body_is_no_failure_of_ours(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    # httpx has no way to break a request off, so its transport is left out.
    app: Any = client._transport.app  # type: ignore[attr-defined]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"5")]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/users/login", "raw_path": b"/api/v1/users/login"}
    scope |= {"http_version": "1.1", "scheme": "http", "query_string": b"", "root_path": "", "headers": headers}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with caplog.at_level(logging.ERROR):
        await app(scope | {"client": ("127.0.0.1", 1), "server": ("aula.test", 80), "asgi": {"version": "3.0"}}, receive, send)
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "request.interrupted")
    assert not caplog.records


def test_every_kind_of_error_has_a_status() -> None:
    from api.problems import STATUS

    # What only happens inside a worker is a bug when it reaches the API: a 500.
    inside = {ErrorKind.CRASHED, ErrorKind.CANCELLED, ErrorKind.LEASE_LOST, ErrorKind.TIMED_OUT, ErrorKind.INTERNAL}
    assert set(ErrorKind) == set(STATUS) | inside


async def test_a_token_and_a_password_reach_no_log(
    client: AsyncClient, learner: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/api/v1/users/me", headers=learner.auth)
    await client.post("/api/v1/users/login", json={"email": learner.email, "password": PASSWORD})
    await client.get(f"/stream/k1.{'x' * 54}.{'y' * 22}/hls/{new_id()}/{new_id()}/master.m3u8")
    captured = capsys.readouterr()
    for secret in (learner.token, PASSWORD, "x" * 54):
        assert secret not in captured.out + captured.err
