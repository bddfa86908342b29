"""What every adapter promises, told once and held against each of them."""

import hashlib
import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import ErrorKind, Refused
from storage.base import BadKey, Missing, Storage

KEY = "hls/a/v/720p/c0001-abc_00001.m4s"
NOT_KEYS = [
    "",
    "/etc/passwd",
    "../outside",
    "hls/../../outside",
    "hls/./a",
    "hls//a",
    "hls/a/",
    "hls/a/.hidden",
    ".uploads/x",
    "hls/a\\b",
    "hls/a\0b",
    "hls/%2e%2e/a",
    "hls/a b",
    "hls/é",
    "hls/a\n",
    "a" * 600,
]


def test_what_is_put_comes_back(store: Storage) -> None:
    store.put_bytes(KEY, b"segment")

    found = store.read_object(KEY)
    assert found.data == store.read_bytes(KEY) == b"segment"
    assert (found.info.key, found.info.size) == (KEY, 7)
    assert found.info.etag
    assert '"' not in found.info.etag
    assert store.stat(KEY) == found.info


def test_a_file_is_put_whole_whatever_its_size(store: Storage, tmp_path: Path) -> None:
    # Above the size from which S3 takes several parts.
    data = os.urandom(17 * 2**20 + 11)
    source = tmp_path / "source.m4s"
    source.write_bytes(data)

    store.put_file(KEY, source)

    fetched = tmp_path / "fetched.m4s"
    assert store.fetch(KEY, fetched, max_bytes=len(data)) == len(data)
    assert hashlib.sha256(fetched.read_bytes()).digest() == hashlib.sha256(data).digest()


def test_an_empty_object_is_an_object(store: Storage) -> None:
    store.put_bytes(KEY, b"")

    assert store.read_bytes(KEY) == b""
    assert b"".join(store.open_range(KEY, 0, 0)) == b""
    assert [info.size for info in store.list("hls/")] == [0]


def test_putting_again_replaces_the_bytes_and_the_etag(store: Storage) -> None:
    store.put_bytes("hls/a/v/master.m3u8", b"one")
    before = store.stat("hls/a/v/master.m3u8")
    store.put_bytes("hls/a/v/master.m3u8", b"two")
    after = store.stat("hls/a/v/master.m3u8")

    assert store.read_bytes("hls/a/v/master.m3u8") == b"two"
    assert before
    assert after
    assert before.etag != after.etag


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 700_000), (5, 300_005), (699_999, 700_000), (10, 10)])
def test_a_range_is_what_was_asked_for(store: Storage, start: int, end: int) -> None:
    data = os.urandom(700_000)
    store.put_bytes(KEY, data)

    assert b"".join(store.open_range(KEY, start, end)) == data[start:end]


def test_a_missing_object_is_missing_in_every_way(store: Storage, tmp_path: Path) -> None:
    assert store.stat(KEY) is None
    assert list(store.list("hls/")) == []
    for read in (
        lambda: store.read_bytes(KEY),
        lambda: store.read_object(KEY),
        lambda: store.fetch(KEY, tmp_path / "x", 10),
        lambda: store.open_range(KEY, 0, 1),
        lambda: store.open_range(KEY, 0, 0),
    ):
        with pytest.raises(Missing) as error:
            read()
        assert (error.value.kind, error.value.code) == (ErrorKind.NOT_FOUND, "storage.missing")
    assert not (tmp_path / "x").exists()
    store.delete(KEY)
    assert store.delete_prefix("hls/") == 0


def test_what_is_too_large_is_not_read(store: Storage, tmp_path: Path) -> None:
    store.put_bytes(KEY, b"12345")

    with pytest.raises(Refused) as error:
        store.read_bytes(KEY, max_bytes=4)
    assert (error.value.kind, error.value.code) == (ErrorKind.TOO_LARGE, "storage.too_large")
    with pytest.raises(Refused):
        store.fetch(KEY, tmp_path / "x", max_bytes=4)
    assert not (tmp_path / "x").exists()


def test_lists_are_in_the_order_of_whole_keys(store: Storage) -> None:
    keys = ["hls/a/v/1-x", "hls/a/v/1/x", "hls/a/v/1.x", "hls/ab/v/1", "stills/a/v/poster.jpg"]
    for key in keys:
        store.put_bytes(key, key.encode())

    assert [info.key for info in store.list("")] == sorted(keys)
    assert [info.key for info in store.list("hls/a/")] == sorted(keys[:3])
    assert [info.key for info in store.list("hls/a")] == sorted(keys[:4])
    assert [info.key for info in store.list("hls/a/v/1.")] == ["hls/a/v/1.x"]
    assert [(info.size, info.etag) for info in store.list("stills/")] == [
        (info.size, info.etag) for info in [store.stat("stills/a/v/poster.jpg")] if info
    ]


def test_deleting_a_prefix_spares_its_neighbours(store: Storage) -> None:
    for key in ("hls/a/v1/x", "hls/a/v1/y/z", "hls/a/v10/x", "hls/b/v1/x"):
        store.put_bytes(key, b"x")

    assert store.delete_prefix("hls/a/v1/") == 2
    store.delete("hls/b/v1/x")

    assert [info.key for info in store.list("")] == ["hls/a/v10/x"]


@pytest.mark.parametrize("prefix", ["", "hls", "hls/a", "../", "/", "hls//"])
def test_a_prefix_to_delete_is_a_folder(store: Storage, prefix: str) -> None:
    store.put_bytes(KEY, b"x")

    with pytest.raises(BadKey):
        store.delete_prefix(prefix)
    assert store.stat(KEY)


@pytest.mark.parametrize("key", NOT_KEYS)
def test_nothing_is_done_with_what_is_no_key(store: Storage, tmp_path: Path, key: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    for use in (
        lambda: store.put_bytes(key, b"x"),
        lambda: store.put_file(key, source),
        lambda: store.read_bytes(key),
        lambda: store.open_range(key, 0, 1),
        lambda: store.fetch(key, tmp_path / "y", 10),
        lambda: store.stat(key),
        lambda: store.delete(key),
        lambda: store.local_path(key),
        lambda: store.presign(key, 60),
        lambda: store.begin_upload(key),
    ):
        with pytest.raises(BadKey):
            use()
    assert source.exists()
    assert list(store.list("")) == []


def test_of_many_writers_one_wins_whole(store: Storage) -> None:
    versions = [bytes([number]) * 200_000 for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda data: store.put_bytes(KEY, data), versions))
        read = list(threads.map(lambda _: store.read_bytes(KEY), range(8)))

    assert set(read) <= set(versions)
    assert len(set(read)) == 1


def test_readers_see_the_old_or_the_new_playlist(store: Storage) -> None:
    versions = [f"#EXTM3U{number:02d}\n".encode() * (1000 + number) for number in range(20)]
    store.put_bytes("hls/a/v/index.m3u8", versions[0])
    with ThreadPoolExecutor(4) as threads:
        reads = [threads.submit(store.read_object, "hls/a/v/index.m3u8") for _ in range(20)]
        for data in versions[1:]:
            store.put_bytes("hls/a/v/index.m3u8", data)
        found = [read.result() for read in reads]

    assert all(each.data in versions and len(each.data) == each.info.size for each in found)


def test_folders_that_empty_while_others_fill_them_lose_nothing(store: Storage) -> None:
    def put_and_delete(number: int) -> None:
        for turn in range(10):
            store.put_bytes(f"hls/a/v/{number}/{turn}", b"x")
            store.delete(f"hls/a/v/{number}/{turn}")
        store.put_bytes(f"hls/a/v/{number}/kept", b"x")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put_and_delete, [0, 0, 1, 1]))

    assert [info.key for info in store.list("")] == ["hls/a/v/0/kept", "hls/a/v/1/kept"]


def test_an_object_lies_in_a_file_or_has_an_address(store: Storage) -> None:
    store.put_bytes(KEY, b"segment")
    path, url = store.local_path(KEY), store.presign(KEY, 60)

    assert (path is None) != (url is None)
    if path:
        assert path.read_bytes() == b"segment"
    if url:
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"segment"
            assert answer.headers["content-type"] == "video/iso.segment"
            assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_an_address_may_say_how_the_object_is_saved(store: Storage) -> None:
    store.put_bytes(KEY, b"segment")
    disposition = "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%9C.pdf"
    url = store.presign(KEY, 60, disposition)
    if url:
        with urllib.request.urlopen(url) as answer:
            assert answer.headers["content-disposition"] == disposition


def test_the_address_of_nothing_leads_nowhere(store: Storage) -> None:
    url = store.presign(KEY, 60)
    if url:
        with pytest.raises(urllib.error.HTTPError) as error, urllib.request.urlopen(url):
            pass
        assert error.value.code == 404
        error.value.close()
