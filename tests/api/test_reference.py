"""The API's own description, and the files around it."""

import re
from pathlib import Path

import pytest
from httpx import AsyncClient
from litestar import Litestar

from api.app import create_app
from api.problems import HANDLERS
from api.services import Services
from api.web import web_routes
from core.settings import Settings
from tests.api.conftest import problem_of
from tests.support.in_process import in_process


async def test_the_document_is_served_as_it_was_completed(client: AsyncClient) -> None:
    answer = await client.get("/schema/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["content-encoding"] == "gzip"
    assert "/api/v1/courses/{courseId}" in answer.json()["paths"]


async def test_the_documented_names_are_camel_case(client: AsyncClient) -> None:
    document = (await client.get("/schema/openapi.json")).json()
    for name, schema in document["components"]["schemas"].items():
        for field in schema.get("properties", {}):
            assert re.fullmatch(r"[a-z][A-Za-z0-9]*", field), (name, field)


async def test_the_page_needs_nothing_from_elsewhere_and_no_inline_script(client: AsyncClient) -> None:
    page = await client.get("/schema")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", page.text)
    for file in re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page.text):
        assert (await client.get(file)).status_code == 200, file


async def test_probes_and_metrics(client: AsyncClient) -> None:
    assert (await client.get("/health/live")).json()["status"] == "ok"
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "denylist": "ok"})
    metrics = await client.get("/metrics")
    assert metrics.headers["content-type"].count("charset") == 1
    assert 'aula_http_requests_total{method="GET",route="/health/live",status="200"}' in metrics.text
    # What strangers make up is not kept for each of them.
    assert (await client.request("BREW", "/health/live")).status_code == 405
    counted = (await client.get("/metrics")).text
    assert 'method="other",route="none",status="405"' in counted
    assert "BREW" not in counted
    # A proxy on this machine speaks for somebody elsewhere.
    behind = await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert behind.status_code == 404


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Aula</title>")
    (folder / "assets" / "index-4f2a.js").write_text("export {}")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


async def test_the_web_application_is_served_with_its_routes_and_sane_caching(dist: Path) -> None:
    async with in_process(Litestar(web_routes(dist), openapi_config=None, exception_handlers=HANDLERS)) as client:
        page = await client.get("/")
        assert (page.headers["cache-control"], page.headers["content-type"].split(";")[0]) == ("no-cache", "text/html")
        assert (await client.get("/watch/some/asset")).text == page.text
        fresh = await client.get("/", headers={"If-None-Match": page.headers["etag"]})
        assert (fresh.status_code, fresh.content) == (304, b"")
        script = await client.get("/assets/index-4f2a.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        for missing in ("/assets/index-old.js", "/no.png", "/api/v1/x", "/health/x", "/%2e%2e/secret.txt", "/..%2fsecret.txt"):
            assert (await client.get(missing)).status_code == 404, missing


async def test_without_a_built_page_the_root_is_simply_not_there(
    settings: Settings, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("api.app.web_routes", lambda: web_routes(tmp_path / "missing"))
    async with in_process(create_app(settings, services)) as client:
        answer = await client.get("/")
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "request.not_found")


async def test_other_origins_are_let_in_by_name_only(settings_with: object, engine: object) -> None:
    settings: Settings = settings_with(cors_origins=["https://school.example"])  # type: ignore[operator]
    ask = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "upload-offset"}
    async with in_process(create_app(settings)) as client:
        good = await client.options("/api/v1/uploads/x", headers={**ask, "Origin": "https://school.example"})
        assert good.headers["access-control-allow-origin"] == "https://school.example"
        evil = await client.options("/api/v1/uploads/x", headers={**ask, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in evil.headers
        read = await client.get("/health/live", headers={"Origin": "https://school.example"})
        assert "Upload-Offset" in read.headers["access-control-expose-headers"]
