"""Signing in against argon2 alone, and what the time of an answer tells about an account: nothing, it should."""

import http.client
import json
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median
from threading import local
from urllib.parse import urlsplit

from argon2 import PasswordHasher

from bench.report import Table
from core.settings import ApiSettings
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


def _rate(work: Callable[[], object], threads: int) -> float:
    """How often a second `work` gets done by so many threads."""
    ends = time.perf_counter() + _SECONDS

    def repeat() -> int:
        done = 0
        while time.perf_counter() < ends:
            work()
            done += 1
        return done

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        done = sum(each.result() for each in [pool.submit(repeat) for _ in range(threads)])
    return done / (time.perf_counter() - began)


def _against_argon2(client: _Client, rounds: int) -> Table:
    settings = ApiSettings()
    hasher = PasswordHasher(time_cost=2, memory_cost=settings.argon2_memory_kib, parallelism=1)
    stored = hasher.hash(_PASSWORD)
    pairs = []
    for _ in range(rounds):
        alone = _rate(lambda: hasher.verify(stored, _PASSWORD), settings.argon2_concurrency)
        pairs.append((alone, _rate(lambda: client.login(_email(0)), _CLIENTS)))
    hashes = f"{settings.argon2_concurrency} hashes of {settings.argon2_memory_kib // 1024} MiB at once"
    table = Table(
        f"Signing in, {hashes}, {_CLIENTS} clients on the same cores, medians of {rounds}",
        ("", "argon2 alone/s", "sign-ins/s", "ratio"),
    )
    theirs, ours = (median(column) for column in zip(*pairs, strict=True))
    table.add("POST /users/login", f"{theirs:.1f}", f"{ours:.1f}", f"{median(b / a for a, b in pairs):.2f}")
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
        return [_against_argon2(client, rounds), _told_apart(client)]
