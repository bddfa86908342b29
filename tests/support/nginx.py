"""The real nginx with the configuration that we ship, as an ordinary process in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.wait import wait_for

_TEMPLATES = Path(__file__).resolve().parents[2] / "ops/deploy/nginx"


def find_nginx() -> str:
    """The path of nginx. Skips without one; in CI that is a failure."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no nginx on the path")
        pytest.skip("no nginx on the path")
    return found


@contextmanager
def running_nginx(
    folder: Path,
    *,
    upstream: str,
    objects: Path,
    certificate: tuple[Path, Path],
    streams: str = "files",
    changes: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """An nginx before the API at `upstream` (host:port, or unix:path); yields its URL.

    `changes` stand in the place of what the configuration says, so that a test need not ask thousands of times.
    """
    nginx = find_nginx()
    (http, tls), run = _free_ports(2), folder / "run"
    run.mkdir(parents=True)
    values = {
        "AULA_SERVER_NAME": "127.0.0.1",
        "AULA_UPSTREAM": upstream,
        "AULA_HTTP_PORT": f"127.0.0.1:{http}",
        "AULA_TLS_PORT": f"127.0.0.1:{tls}",
        "AULA_TLS_CERTIFICATE": str(certificate[0]),
        "AULA_TLS_KEY": str(certificate[1]),
        "AULA_OBJECTS": str(objects),
        "AULA_NGINX": str(folder),
        "AULA_RUN": str(run),
        "AULA_CACHE": str(folder / "cache"),
        "AULA_USER": pwd.getpwuid(os.getuid()).pw_name,
        "AULA_STREAMS": streams,
    }
    for template in _TEMPLATES.glob("*.template"):
        text = template.read_text()
        for name, value in values.items():
            text = text.replace("${" + name + "}", value)
        for old, new in (changes or {}).items():
            text = text.replace(old, new)
        (folder / template.stem).write_text(text)
    command = [nginx, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    log = folder / "nginx.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        wait_for(lambda: process.poll() is not None or _answers(tls), "nginx to answer")
        assert process.poll() is None, log.read_text()
        yield f"https://127.0.0.1:{tls}"
    finally:
        process.terminate()
        process.wait(30)


def _free_ports(count: int) -> list[int]:
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(sock.getsockname()[1]) for sock in socks]
    finally:
        for sock in socks:
            sock.close()


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
