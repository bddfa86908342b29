"""Signing in against argon2 alone, and what the time of an answer tells about an account: nothing, it should."""

import http.client
import json
import secrets
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from threading import local
from urllib.parse import urlsplit

from bench import hashing
from bench.loading import compare, rate
from bench.report import Table
from core.settings import ApiSettings
from ops.embedded.forks import LARGE_PAGES
from ops.embedded.platform import Platform

_SECONDS = 5.0
_CLIENTS = 4
"""More than hashes that run at once, so that there is always one that waits."""
_PEOPLE = 60
_LOGINS = 60
_FORGOTTEN = 50
_PASSWORD = secrets.token_urlsafe(12)


class _Client:
    """Posts JSON over connections that are kept, one a thread."""

    def __init__(self, base_url: str) -> None:
        self._host = urlsplit(base_url).netloc
        self._own = local()

    def post(self, path: str, body: dict[str, str], expected: int) -> float:
        """Seconds until the whole answer was there. Raises RuntimeError for another status."""
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(self._host, timeout=60)
        connection: http.client.HTTPConnection = self._own.connection
        text = json.dumps(body).encode()
        began = time.perf_counter()
        connection.request("POST", f"/api/v1/users/{path}", text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        took = time.perf_counter() - began
        if answer.status != expected:
            raise RuntimeError(f"{path} answered {answer.status}")
        return took

    def login(self, email: str, password: str = _PASSWORD, expected: int = 200) -> float:
        return self.post("login", {"email": email, "password": password}, expected)


def _against_argon2(client: _Client, rounds: int) -> Table:
    settings = ApiSettings()
    found = []
    for _ in range(rounds):
        bare, large = (hashing.alone(settings, _SECONDS, env) for env in ({}, LARGE_PAGES))
        found.append((bare, large, rate(lambda: client.login(_email(0)), _CLIENTS, _SECONDS)))
    hashes = f"{settings.argon2_concurrency} hashes of {settings.argon2_memory_kib // 1024} MiB at once"
    table = Table(
        f"POST /users/login, {hashes}, {_CLIENTS} clients on the same cores, medians of {rounds}",
        ("", "argon2 alone/s", "sign-ins/s", "ratio"),
    )
    compare(table, "argon2 on huge pages, as `aula up` runs it", [(large, ours) for _, large, ours in found])
    compare(table, "argon2 as it comes", [(bare, ours) for bare, _, ours in found])
    return table


def _email(number: int) -> str:
    return f"bench{number}@example.org"


def _nobody() -> Iterator[str]:
    return (f"nobody{number}@example.org" for number in count())


def _told_apart(client: _Client) -> Table:
    """The same asked in turns about an account and about none."""
    nobody = _nobody()

    def login(email: str) -> float:
        return client.login(email, "not the password", 401)

    def forget(email: str) -> float:
        return client.post("forgot-password", {"email": email}, 202)

    title = f"What answers take, {_LOGINS} and {_FORGOTTEN} of each in turns, one at a time, medians"
    table = Table(title, ("", "account ms", "no account ms", "ratio"))
    ways = (("wrong password", login, _LOGINS), ("forgotten password", forget, _FORGOTTEN))
    for name, ask, times in ways:
        pairs = [(ask(_email(number)), ask(next(nobody))) for number in range(times)]
        known, unknown = (median(column) * 1000 for column in zip(*pairs, strict=True))
        table.add(name, f"{known:.2f}", f"{unknown:.2f}", f"{unknown / known:.2f}")
    return table


def run(folder: Path, rounds: int) -> list[Table]:
    """Measure over a platform below `folder`, with limits off: they would answer in its place."""
    # No workers: nobody else shall use the cores.
    with Platform(folder / "platform", units=(), env={"AULA_RATE_LIMITS": "false"}) as platform:
        client = _Client(platform.base_url)
        for number in range(_PEOPLE):
            client.post("register", {"email": _email(number), "password": _PASSWORD, "displayName": f"Person {number}"}, 201)
        client.login(_email(0))
        # Each with connections of its own: the server ends one that nobody has used for so long.
        return [_against_argon2(_Client(platform.base_url), rounds), _told_apart(_Client(platform.base_url))]
