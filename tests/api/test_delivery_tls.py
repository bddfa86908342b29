"""The API with a certificate of its own: HTTPS, and HTTP/2 for those who ask."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import BadSettings, Settings
from ops.api_server import serve
from tests.support.api_server import ApiServer
from tests.support.certificates import make_certificate, trusting
from tests.support.settings import make_settings


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """PEM files: certificate and key."""
    return make_certificate(tmp_path)


@pytest.fixture
def server(settings: Settings, engine: AsyncEngine, certificate: tuple[Path, Path]) -> Iterator[ApiServer]:
    """The API over TLS."""
    server = ApiServer(settings, certificate)
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_both_versions_of_http_are_spoken_over_tls(server: ApiServer, certificate: tuple[Path, Path]) -> None:
    with httpx.Client(verify=trusting(certificate[0]), base_url=server.url) as client:
        assert client.get("/health/ready").json()["status"] == "ok"
        refused = client.get("/stream/none")
        assert (refused.status_code, refused.json()["code"]) == (403, "stream.bad_path")
    for offered, expected in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")):
        context = trusting(certificate[0], *offered)
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                assert connection.selected_alpn_protocol() == expected


@pytest.mark.skipif(shutil.which("curl") is None and not os.environ.get("CI"), reason="no curl here")
def test_an_answer_comes_over_http_2(server: ApiServer, certificate: tuple[Path, Path]) -> None:
    answer = subprocess.run(
        [
            "curl",
            "--silent",
            "--http2",
            "--noproxy",
            "*",
            "--cacert",
            str(certificate[0]),
            "--include",
            f"{server.url}/health/ready",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert answer.startswith("HTTP/2 200")
    assert '"status":"ok"' in answer


@pytest.mark.parametrize("missing", ["tls_key", "tls_certificate"])
def test_half_of_a_certificate_is_refused_at_start(tmp_path: Path, certificate: tuple[Path, Path], missing: str) -> None:
    both = {"tls_certificate": certificate[0], "tls_key": certificate[1]}
    for settings in (
        make_settings(tmp_path, **(both | {missing: None})),
        make_settings(tmp_path, **(both | {missing: tmp_path / "none"})),
    ):
        with pytest.raises(BadSettings, match=f"AULA_{missing.upper()}"):
            serve(settings, workers=1)
