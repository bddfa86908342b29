"""Delivery without a server around it: what a store, a database or a plain ASGI server may do to it."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.cookies import cleared_stream_cookies, cookie_name, stream_cookies
from api.delivery import Delivery
from api.denylist import DenyList
from core.errors import AulaError, Transient
from storage import keys
from storage.base import READ_LIMIT, Storage, StoredObject
from storage.local import LocalStorage
from storage.signing import Signer, signed_path, stream_path
from tests.support.wait import eventually

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SIGNER = Signer({"k1": "a secret of enough length"})
ASSET, VERSION = uuid4(), uuid4()
MASTER = keys.master(ASSET, VERSION)
SEGMENT = keys.track_file(ASSET, VERSION, "720p", "c0000-abc_00000.m4s")


class RemoteStorage(LocalStorage):
    """A store without files of its own, whose reads may wait or fail."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.may_answer = Event()
        self.asked = Event()
        self.error: Exception | None = None

    def local_path(self, key: str) -> Path | None:
        return None

    def read_object(self, key: str, max_bytes: int = READ_LIMIT) -> StoredObject:
        self.asked.set()
        assert self.may_answer.wait(30)
        if self.error:
            raise self.error
        return super().read_object(key, max_bytes)


async def none_revoked() -> Collection[UUID]:
    return []


async def open_delivery(storage: Storage, denylist: DenyList | None = None) -> httpx.AsyncClient:
    """A client of a delivery whose clock stands still, on a server that knows no pathsend."""
    if denylist is None:
        denylist = DenyList(none_revoked, 5)
        await denylist.refresh()
    delivery: Any = Delivery(storage, SIGNER, denylist, cookie="c", clock=lambda: NOW)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=delivery), base_url="http://stream.test")


def signed(key: str, session: UUID | None = None) -> str:
    """A signed path that is good for ten minutes."""
    return signed_path(SIGNER.sign(ASSET, session or uuid4(), NOW + timedelta(minutes=10)), key)


async def test_the_cookie_is_found_where_http_2_sends_each_in_a_line_of_its_own(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "objects")
    storage.put_bytes(MASTER, b"#EXTM3U")
    ours = ("cookie", f"c={SIGNER.sign(ASSET, uuid4(), NOW + timedelta(minutes=10))}")
    other = ("cookie", "theme=dark")
    async with await open_delivery(storage) as client:
        for lines in ([ours], [ours, other], [other, ours, other]):
            assert (await client.get(stream_path(MASTER), headers=lines)).status_code == 200
        assert (await client.get(stream_path(MASTER), headers=[other, other])).status_code == 403


async def test_a_server_without_pathsend_is_fed_by_us(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "objects")
    data = bytes(range(256)) * 4000
    storage.put_bytes(SEGMENT, data)
    async with await open_delivery(storage) as client:
        assert (await client.get(signed(SEGMENT))).content == data
        storage.put_bytes(SEGMENT, b"")
        empty = await client.get(signed(SEGMENT))
        assert (empty.status_code, empty.content, empty.headers["content-length"]) == (200, b"", "0")
        assert (await client.get(signed(SEGMENT), headers={"range": "bytes=0-"})).status_code == 416


async def test_a_name_that_no_file_system_takes_is_refused_unread(tmp_path: Path) -> None:
    async with await open_delivery(LocalStorage(tmp_path / "objects")) as client:
        for length, status, code in ((200, 404, "storage.missing"), (201, 403, "stream.bad_path")):
            answer = await client.get(signed(MASTER.rpartition("/")[0] + "/" + "a" * length))
            assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_slow_store_holds_up_nobody_else(tmp_path: Path) -> None:
    storage = RemoteStorage(tmp_path / "objects")
    storage.put_bytes(MASTER, b"#EXTM3U\n")
    async with await open_delivery(storage) as client:
        waiting = [asyncio.create_task(client.get(signed(MASTER))) for _ in range(3)]
        await eventually(storage.asked.is_set, "the store to be asked")
        assert (await client.get("/stream/" + MASTER)).status_code == 403
        assert not any(task.done() for task in waiting)
        storage.may_answer.set()
        assert [(await task).content for task in waiting] == [b"#EXTM3U\n"] * 3


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Transient("storage.unavailable", "The store is away."), 503, "storage.unavailable"),
        (AulaError("storage.refused", "The store refused."), 500, "internal"),
        (OSError(24, "Too many open files"), 503, "storage.unavailable"),
    ],
)
async def test_a_store_that_fails_is_told_apart_from_a_missing_file(
    tmp_path: Path, error: Exception, status: int, code: str
) -> None:
    storage = RemoteStorage(tmp_path / "objects")
    storage.error = error
    storage.may_answer.set()
    async with await open_delivery(storage) as client:
        answer = await client.get(signed(MASTER))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)


async def test_nobody_is_let_in_before_the_deny_list_is_known(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "objects")
    storage.put_bytes(MASTER, b"#EXTM3U\n")
    away = True

    async def load() -> Collection[UUID]:
        if away:
            raise ConnectionError
        return []

    denylist = DenyList(load, 5)
    async with await open_delivery(storage, denylist) as client:
        await denylist.refresh()
        answer = await client.get(signed(MASTER))
        assert (answer.status_code, answer.json()["code"]) == (503, "stream.not_ready")
        assert answer.headers["retry-after"] == "1"
        away = False
        await denylist.refresh()
        assert (await client.get(signed(MASTER))).status_code == 200


async def test_the_last_known_deny_list_stands_while_the_database_is_away() -> None:
    revoked, fails = [uuid4()], False

    async def load() -> Collection[UUID]:
        if fails:
            raise ConnectionError
        return list(revoked)

    denylist = DenyList(load, 5)
    await denylist.refresh()
    fails = True
    await denylist.refresh()

    assert denylist.known
    assert revoked[0] in denylist
    assert uuid4() not in denylist


async def test_a_revocation_made_here_holds_even_against_an_older_answer() -> None:
    session = uuid4()
    begun, answer = asyncio.Event(), asyncio.Event()
    revoked: list[UUID] = []

    async def load() -> Collection[UUID]:
        found = list(revoked)
        begun.set()
        await answer.wait()
        return found

    denylist = DenyList(load, 5)
    refresh = asyncio.create_task(denylist.refresh())
    await begun.wait()
    # Committed after the query began: its answer doesn't know of it yet.
    revoked.append(session)
    denylist.add(session)
    answer.set()
    await refresh
    assert session in denylist

    await denylist.refresh()
    assert session in denylist
    # Once its signature has expired by itself, the database no longer names it.
    revoked.clear()
    await denylist.refresh()
    assert session not in denylist


async def test_the_deny_list_is_asked_for_again_and_again_until_the_end() -> None:
    asked = 0

    async def load() -> Collection[UUID]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise ConnectionError
        return []

    denylist = DenyList(load, 0.001)
    async with denylist.running():
        assert denylist.known
        await eventually(lambda: asked >= 4, "the database to be asked after a failure too")
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "denylist"]


def test_cookies_reach_only_the_streams_of_their_asset() -> None:
    cookies = stream_cookies(
        instance_id="a1", public_url="https://school.example", asset_id=ASSET, token="t", expires_at=NOW, now=NOW
    )

    assert [cookie.path for cookie in cookies] == [f"/stream/{area}/{ASSET}" for area in ("hls", "stills", "downloads")]
    for cookie in cookies:
        assert cookie.key == cookie_name("a1") == "aula_stream_a1"
        assert (cookie.httponly, cookie.secure, cookie.samesite, cookie.value) == (True, True, "lax", "t")


def test_cookies_live_as_long_as_their_signature_and_follow_the_scheme() -> None:
    end = NOW + timedelta(seconds=600)
    plain = stream_cookies(
        instance_id="a1", public_url="http://127.0.0.1:8080", asset_id=ASSET, token="t", expires_at=end, now=NOW
    )
    cleared = cleared_stream_cookies(instance_id="a1", public_url="http://127.0.0.1:8080", asset_id=ASSET)

    assert [(cookie.max_age, cookie.secure) for cookie in plain] == [(600, False)] * 3
    assert [(cookie.max_age, cookie.value) for cookie in cleared] == [(0, "")] * 3
    assert [cookie.path for cookie in cleared] == [cookie.path for cookie in plain]
