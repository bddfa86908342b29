"""The whole API behind the real nginx: uploads, event streams, redirects, HTTP/2."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from core.settings import Settings
from tests.support import tus
from tests.support.api_server import ApiServer
from tests.support.certificates import make_certificate, trusting
from tests.support.nginx import running_nginx
from tests.support.people import Person, sign_up

DATA = bytes(range(256)) * 2**14


@pytest.fixture
def server(settings: Settings, engine: AsyncEngine) -> Iterator[ApiServer]:
    """The API."""
    server = ApiServer(settings)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """PEM files: certificate and key."""
    return make_certificate(tmp_path)


# Few enough to be reached by a test; nobody else asks for what it asks for.
_LIMITS = {"rate=100r/s": "rate=1r/m", "burst=3000": "burst=60"}


@pytest.fixture
def site(server: ApiServer, tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[str]:
    """The URL of the nginx before it."""
    upstream = f"127.0.0.1:{server.port}"
    with running_nginx(
        tmp_path / "nginx", upstream=upstream, objects=tmp_path, certificate=certificate, streams="proxied", changes=_LIMITS
    ) as url:
        yield url


@pytest.fixture
async def client(site: str, certificate: tuple[Path, Path]) -> AsyncIterator[AsyncClient]:
    """A client of the site."""
    async with AsyncClient(base_url=site, verify=trusting(certificate[0]), timeout=30) as client:
        yield client


@pytest.fixture
async def teacher(client: AsyncClient, session_factory: async_sessionmaker[AsyncSession]) -> Person:
    """Somebody who may upload."""
    return await sign_up(client, session_factory, ["instructor"])


async def test_an_upload_larger_than_any_buffer_arrives_and_its_progress_is_told_at_once(
    client: AsyncClient, teacher: Person
) -> None:
    made = await tus.create(client, teacher, len(DATA) * 2)
    url, asset_id = made.headers["location"], made.headers["aula-asset-id"]
    sent = await tus.append(client, teacher, url, 0, DATA)
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(len(DATA)))
    refused = await tus.append(client, teacher, url, 0, DATA)
    assert (refused.status_code, refused.headers["upload-offset"]) == (409, str(len(DATA)))

    headers = teacher.auth | {"accept": "text/event-stream"}
    async with client.stream("GET", f"/api/v1/assets/{asset_id}/progress", headers=headers) as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        # The stream goes on: a proxy that waited for its end, or for a full buffer, would give nothing here.
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                break


async def test_the_site_answers_over_tls_and_sends_everybody_there(
    client: AsyncClient, site: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    ready = await client.get("/health/ready")
    assert ready.json()["status"] == "ok"
    assert ready.headers["content-security-policy"]
    context = trusting(certificate[0], "h2", "http/1.1")
    with socket.create_connection(("127.0.0.1", httpx.URL(site).port or 0)) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            assert connection.selected_alpn_protocol() == "h2"
    listens = [line.split()[1] for line in (tmp_path / "nginx/aula.conf").read_text().splitlines() if "listen " in line]
    plain_http = next(each for each in listens if each.endswith(";"))
    async with AsyncClient(base_url=f"http://{plain_http.rstrip(';')}") as other:
        answer = await other.get("/x?y=z")
        assert (answer.status_code, answer.headers["location"]) == (301, "https://127.0.0.1/x?y=z")
    stream = await client.get("/stream/none")
    assert (stream.status_code, stream.json()["code"]) == (403, "stream.bad_path")


async def test_a_public_page_is_fetched_once_for_all_and_a_personal_one_for_each(client: AsyncClient, teacher: Person) -> None:
    url = "/api/v1/courses"
    pages = [await client.get(url) for _ in range(2)]
    # A second may pass between the two.
    assert pages[0].headers["x-cache-status"] == "MISS"
    assert pages[1].headers["x-cache-status"] in ("HIT", "EXPIRED", "REVALIDATED")
    assert pages[0].content == pages[1].content
    assert pages[1].headers["cache-control"].startswith("public, max-age=")
    assert "ratelimit" not in pages[1].headers
    known = await client.get(url, headers={"If-None-Match": pages[0].headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    for _ in range(2):
        mine = await client.get(url, headers=teacher.auth)
        assert mine.headers["x-cache-status"] == "BYPASS"
        assert mine.headers["cache-control"] == "private, no-cache"
    # What is not there is asked for anew.
    missing = [await client.get(f"{url}/by-slug/nothing-here") for _ in range(2)]
    assert [each.status_code for each in missing] == [404, 404]
    assert missing[0].headers["x-request-id"] != missing[1].headers["x-request-id"]


async def test_who_asks_too_often_or_sends_too_much_hears_it_as_a_problem(client: AsyncClient, server: ApiServer) -> None:
    large = await client.post("/api/v1/users/login", content=b"x" * 17 * 2**20, headers={"Content-Type": "application/json"})
    assert (large.status_code, large.json()["code"]) == (413, "request.too_large")
    answers = [await client.get("/health/live") for _ in range(70)]
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "request.too_many")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"
    assert answers[0].status_code == 200
    # Streams are not counted; the API refuses this one.
    assert (await client.get("/stream/none")).status_code == 403


async def test_while_the_api_is_away_public_pages_stay_and_the_rest_says_so(client: AsyncClient, server: ApiServer) -> None:
    page = await client.get("/api/v1/courses")
    server.kill()
    stale = await client.get("/api/v1/courses")
    assert (stale.status_code, stale.content) == (200, page.content)
    away = await client.get("/health/ready")
    assert (away.status_code, away.json()["code"]) == (503, "service.unavailable")
    assert away.headers["retry-after"] == "5"
