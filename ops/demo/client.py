"""A person who uses the platform through its public HTTP API: registers, signs in, uploads by tus, follows progress."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

_TUS = {"Tus-Resumable": "1.0.0"}
# Early refusals reach most clients only when the rest of a chunk is short; see also the page's own chunk size.
CHUNK_BYTES = 8 * 2**20
_UNAUTHENTICATED = 401


class RequestRefused(Exception):
    """The API answered with an error: its status, stable code and sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def _refusal(response: httpx.Response) -> RequestRefused:
    try:
        problem: dict[str, Any] = response.json()
    except ValueError:
        problem = {}
    code = str(problem.get("code", f"http.{response.status_code}"))
    message = str(problem.get("detail") or problem.get("title") or response.reason_phrase)
    return RequestRefused(response.status_code, code, message)


class Person:
    """One account and its HTTP session. Close it, or use it as a context manager."""

    def __init__(self, base_url: str, email: str, password: str, name: str) -> None:
        self.email = email
        self.password = password
        self.name = name
        self._base_url = base_url
        # Loopback must not go through a proxy of the environment.
        self.http = httpx.Client(base_url=base_url, timeout=60.0, trust_env=False)

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def register(self) -> str:
        """Create the account and sign in; returns the user's id."""
        body = {"email": self.email, "password": self.password, "displayName": self.name}
        user_id = str(self.call("POST", "users/register", json=body).json()["id"])
        self.login()
        return user_id

    def login(self) -> None:
        """Sign in; later requests carry the access token."""
        answer = self.call("POST", "users/login", json={"email": self.email, "password": self.password}).json()
        self.http.headers["Authorization"] = f"Bearer {answer['accessToken']}"

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request below /api/v1 (or to an absolute path); raises RequestRefused on any 4xx or 5xx.

        An access token that has run out is replaced by signing in again, once.
        """
        address = path if path.startswith("/") else f"/api/v1/{path}"
        response = self.http.request(method, address, **options)
        if response.status_code == _UNAUTHENTICATED and "users/" not in address:
            self.login()
            response = self.http.request(method, address, **options)
        if response.is_error:
            raise _refusal(response)
        return response

    def begin_upload(self, name: str, size: int) -> tuple[str, str]:
        """Create a tus upload; returns its address and the id of the asset that it will become."""
        metadata = {"filename": name, "title": Path(name).stem}
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
        headers = {**_TUS, "Upload-Length": str(size), "Upload-Metadata": pairs}
        response = self.call("POST", "uploads", headers=headers)
        location = urljoin(str(response.url), response.headers["Location"])
        return httpx.URL(location).path, response.headers["Aula-Asset-Id"]

    def send_file(self, location: str, file: Path, on_sent: Callable[[int], None] = lambda _: None) -> float:
        """Send all of `file` in checked chunks; returns the monotonic moment at which the last byte was acknowledged."""
        offset = 0
        acknowledged = time.monotonic()
        with file.open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                digest = base64.b64encode(hashlib.sha256(chunk).digest()).decode()
                headers = {
                    **_TUS,
                    "Upload-Offset": str(offset),
                    "Upload-Checksum": f"sha256 {digest}",
                    "Content-Type": "application/offset+octet-stream",
                }
                response = self.call("PATCH", location, headers=headers, content=chunk)
                acknowledged = time.monotonic()
                offset = int(response.headers["Upload-Offset"])
                source.seek(offset)
                on_sent(offset)
        return acknowledged

    def progress(self, asset_id: str) -> dict[str, Any]:
        """Where the asset stands now."""
        answer: dict[str, Any] = self.call("GET", f"assets/{asset_id}/progress", headers={"Accept": "application/json"}).json()
        return answer

    def progress_events(self, asset_id: str, *, silence_s: float = 60.0) -> Iterator[dict[str, Any]]:
        """Server-sent progress events as they come; ends when the server ends the stream or says nothing for `silence_s`."""
        headers = {"Accept": "text/event-stream"}
        timeout = httpx.Timeout(60.0, read=silence_s)
        address = f"/api/v1/assets/{asset_id}/progress"
        try:
            with self.http.stream("GET", address, headers=headers, timeout=timeout) as response:
                if response.is_error:
                    response.read()
                    raise _refusal(response)
                yield from _events(response.iter_lines())
        except (httpx.ReadTimeout, httpx.RemoteProtocolError):
            return


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event, data = "message", ""
    for line in lines:
        if line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()
        elif not line:
            if event == "progress" and data:
                yield json.loads(data)
            event, data = "message", ""
