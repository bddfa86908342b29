"""What is sent besides plain files: packed playlists, downloads, content keys, and word that nothing has changed."""

import asyncio
import gzip
from collections.abc import Collection
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.delivery import AUTH_PATH, Delivery, LoadKey
from api.denylist import DenyList
from api.representations import Kept, describe, takes_gzip
from storage import keys
from storage.base import ObjectInfo
from storage.local import LocalStorage
from storage.signing import STILLS_ONLY
from tests.api.test_delivery_alone import ASSET, MASTER, NOW, SEGMENT, SIGNER, VERSION, none_revoked, open_delivery, signed

PLAYLIST = keys.media_playlist(ASSET, VERSION, "720p")
LONG = b"#EXTM3U\n" + b"#EXTINF:4.0,\nc0001-0123456789ab_00001.m4s\n" * 200
CONTENT_KEY = f"hls/{ASSET}/{VERSION}/content.key"


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    """An empty directory."""
    return LocalStorage(tmp_path / "objects")


async def with_keys(storage: LocalStorage, load_key: LoadKey | None) -> httpx.AsyncClient:
    """A client of a delivery that takes content keys from `load_key`."""
    denylist = DenyList(none_revoked, 5)
    await denylist.refresh()
    delivery: Any = Delivery(storage, SIGNER, denylist, cookie="c", clock=lambda: NOW, load_key=load_key)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=delivery), base_url="http://stream.test")


async def test_a_long_playlist_comes_packed_to_those_who_take_it(storage: LocalStorage) -> None:
    storage.put_bytes(PLAYLIST, LONG)
    async with await open_delivery(storage) as client:
        packed = await client.get(signed(PLAYLIST), headers={"accept-encoding": "br, gzip"})
        plain = await client.get(signed(PLAYLIST), headers={"accept-encoding": "identity"})

        assert packed.content == plain.content == LONG
        assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
        assert int(packed.headers["content-length"]) < len(LONG) // 10
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert packed.headers["etag"] != plain.headers["etag"]
        # Each form is known by its own tag only.
        for coding, mine, other in (("gzip", packed, plain), ("identity", plain, packed)):
            for answer, status in ((mine, 304), (other, 200)):
                headers = {"accept-encoding": coding, "if-none-match": answer.headers["etag"]}
                assert (await client.get(signed(PLAYLIST), headers=headers)).status_code == status


async def test_a_range_is_of_the_bytes_as_they_are_stored(storage: LocalStorage) -> None:
    storage.put_bytes(PLAYLIST, LONG)
    async with await open_delivery(storage) as client:
        part = await client.get(signed(PLAYLIST), headers={"accept-encoding": "gzip", "range": "bytes=5-14"})

    assert (part.status_code, part.content, "content-encoding" in part.headers) == (206, LONG[5:15], False)


async def test_a_playlist_that_grew_is_packed_anew(storage: LocalStorage) -> None:
    async with await open_delivery(storage) as client:
        for text in (LONG, LONG + LONG, LONG + b"#EXT-X-ENDLIST\n"):
            storage.put_bytes(PLAYLIST, text)
            answer = await client.get(signed(PLAYLIST), headers={"accept-encoding": "gzip"})
            assert answer.content == text
            assert (answer.headers["cache-control"] == "no-store") is not text.endswith(b"#EXT-X-ENDLIST\n")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("*;q=0", False),
        ("gzip;q=x", True),
    ],
)
def test_gzip_is_sent_to_those_who_say_so(header: str, expected: bool) -> None:
    assert takes_gzip(header) is expected


async def test_a_manifest_and_cues_have_their_types(storage: LocalStorage) -> None:
    growing, ended = b'<MPD type="dynamic">', b'<MPD type="static">'
    manifest, cues = f"hls/{ASSET}/{VERSION}/manifest.mpd", f"hls/{ASSET}/{VERSION}/text/de/c0.vtt"
    storage.put_bytes(cues, b"WEBVTT\n")
    async with await open_delivery(storage) as client:
        for text, caching in ((growing, "no-store"), (ended, "private, max-age=300")):
            storage.put_bytes(manifest, text)
            answer = await client.get(signed(manifest))
            assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/dash+xml", caching)
        assert (await client.get(signed(cues))).headers["content-type"] == "text/vtt; charset=utf-8"


async def test_a_download_is_saved_and_not_shown(storage: LocalStorage) -> None:
    key = f"downloads/{ASSET}/{VERSION}/lecture-1.mp4"
    storage.put_bytes(key, b"film")
    async with await open_delivery(storage) as client:
        answer = await client.get(signed(key))
        stills = await client.get(signed(key, STILLS_ONLY))

    assert (answer.content, answer.headers["content-type"]) == (b"film", "video/mp4")
    assert answer.headers["content-disposition"] == 'attachment; filename="lecture-1.mp4"'
    assert stills.status_code == 403


async def test_what_has_not_changed_since_a_date_is_not_sent_again(storage: LocalStorage) -> None:
    storage.put_bytes(SEGMENT, b"segment")
    storage.put_bytes(PLAYLIST, LONG)
    async with await open_delivery(storage) as client:
        known = (await client.get(signed(SEGMENT))).headers["last-modified"]
        info = storage.stat(SEGMENT)
        assert info is not None
        earlier = format_datetime(info.modified - timedelta(days=1), usegmt=True)
        for since, status in ((known, 304), (earlier, 200), ("yesterday", 200), (known.removesuffix(" GMT"), 304)):
            assert (await client.get(signed(SEGMENT), headers={"if-modified-since": since})).status_code == status
        both = {"if-modified-since": known, "if-none-match": '"other"'}
        assert (await client.get(signed(SEGMENT), headers=both)).status_code == 200
        # A date can't tell two playlists of one second apart.
        assert "last-modified" not in (await client.get(signed(PLAYLIST))).headers
        assert (await client.get(signed(PLAYLIST), headers={"if-modified-since": known})).status_code == 200


async def test_what_is_removed_is_gone_at_once_though_it_was_kept(storage: LocalStorage) -> None:
    async with await open_delivery(storage) as client:
        for key in (MASTER, SEGMENT):
            storage.put_bytes(key, b"bytes")
            assert (await client.get(signed(key))).content == b"bytes"
            storage.delete(key)
            assert (await client.get(signed(key))).status_code == 404


async def test_a_content_key_comes_out_of_the_database_under_the_same_signature(storage: LocalStorage) -> None:
    asked: list[tuple[UUID, UUID]] = []

    async def load(asset_id: UUID, version_id: UUID) -> bytes | None:
        asked.append((asset_id, version_id))
        return b"0123456789abcdef" if version_id == VERSION else None

    # What lies in the store under that name is never sent.
    other = f"hls/{ASSET}/{uuid4()}/content.key"
    for key in (CONTENT_KEY, other, f"hls/{ASSET}/{VERSION}/720p/content.key"):
        storage.put_bytes(key, b"not this")
    async with await with_keys(storage, load) as client:
        for _ in range(3):
            answer = await client.get(signed(CONTENT_KEY))
            assert (answer.status_code, answer.content) == (200, b"0123456789abcdef")
            assert answer.headers["cache-control"] == "no-store"
        assert asked == [(ASSET, VERSION)]
        assert (await client.get(signed(other))).status_code == 404
        assert (await client.get(signed(f"hls/{ASSET}/{VERSION}/720p/content.key"))).status_code == 404
        assert (await client.get("/stream/" + CONTENT_KEY)).status_code == 403
        assert (await client.get(signed(CONTENT_KEY, STILLS_ONLY))).status_code == 403
    async with await open_delivery(storage) as client:
        assert (await client.get(signed(CONTENT_KEY))).status_code == 404


async def test_a_key_that_the_database_can_not_give_now_is_asked_for_again(storage: LocalStorage) -> None:
    away = True

    async def load(asset_id: UUID, version_id: UUID) -> bytes | None:
        if away:
            raise ConnectionError
        return bytes(16)

    async with await with_keys(storage, load) as client:
        answer = await client.get(signed(CONTENT_KEY))
        assert (answer.status_code, answer.json()["code"]) == (503, "stream.key_unavailable")
        away = False
        assert (await client.get(signed(CONTENT_KEY))).content == bytes(16)


async def test_a_proxy_is_told_whether_it_may_send_and_for_how_long(storage: LocalStorage) -> None:
    session = uuid4()

    async def load() -> Collection[UUID]:
        return [session]

    denylist = DenyList(load, 5)
    await denylist.refresh()
    ending = SIGNER.sign(ASSET, uuid4(), NOW + timedelta(seconds=2))
    async with await open_delivery(storage, denylist) as client:

        async def ask(line: str, **headers: str) -> tuple[int, str | None, str | None]:
            answer = await client.get(AUTH_PATH, headers={"x-original-uri": line} | headers)
            return answer.status_code, answer.headers.get("x-accel-expires"), answer.json()["code"] if answer.content else None

        assert await ask(signed(SEGMENT)) == (204, "3", None)
        assert await ask(signed(SEGMENT) + "?x=1") == (204, "3", None)
        assert await ask("/stream/" + SEGMENT, cookie=f"c={ending}") == (204, "2", None)
        assert await ask("/stream/" + SEGMENT) == (403, "0", "stream.unsigned")
        assert await ask(signed(SEGMENT, session)) == (403, "0", "stream.revoked")
        assert await ask(signed(SEGMENT, STILLS_ONLY)) == (403, "0", "stream.unsigned")
        assert await ask(signed(SEGMENT).replace("720p", "%3720p")) == (403, "0", "stream.bad_path")
        assert (await client.get(AUTH_PATH)).status_code == 403


def test_what_is_kept_is_bounded_and_the_oldest_goes_first() -> None:
    def playlist(number: int, size: int) -> ObjectInfo:
        return ObjectInfo(f"hls/{number}.m3u8", size, NOW, "e")

    kept = Kept(1_000_000)
    for number in range(100):
        kept.keep("same", describe(playlist(number, 50_000), bytes(50_000)))
        assert kept.get("hls/0.m3u8", "same")
    held = [number for number in range(100) if kept.get(f"hls/{number}.m3u8", "same")]
    assert held == [0, *range(92, 100)]
    assert kept.get("hls/99.m3u8", "other") is None
    kept.keep("same", describe(playlist(1000, 500_000), bytes(500_000)))
    assert kept.get("hls/1000.m3u8", "same") is None
    assert kept.get("hls/99.m3u8", "same")


async def test_many_ask_at_once_while_a_playlist_is_packed(storage: LocalStorage) -> None:
    text = LONG * 20
    storage.put_bytes(PLAYLIST, text)
    async with await open_delivery(storage) as client:
        asked = [client.get(signed(PLAYLIST), headers={"accept-encoding": "gzip"}) for _ in range(8)]
        answers = await asyncio.gather(*asked)
    assert all(gzip.compress(answer.content, 6, mtime=0) == gzip.compress(text, 6, mtime=0) for answer in answers)
