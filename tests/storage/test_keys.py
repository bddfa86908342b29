"""Keys are spelled in one place, and URLs of storages read in one."""

from pathlib import Path
from uuid import UUID

import pytest

from core.errors import Refused
from core.settings import StorageSettings
from storage import keys, open_storage
from storage.base import BadKey
from storage.content_types import cache_control, content_type
from storage.local import LocalStorage
from storage.s3 import S3Storage

A = UUID("018f0000-0000-7000-8000-00000000000a")
V = UUID("018f0000-0000-7000-8000-00000000000b")


def test_the_layout() -> None:
    assert keys.original(A) == f"originals/{A}/source"
    assert keys.master(A, V) == f"hls/{A}/{V}/master.m3u8"
    assert keys.media_playlist(A, V, "720p") == f"hls/{A}/{V}/720p/index.m3u8"
    assert keys.track_file(A, V, "audio", "init-01234567.mp4") == f"hls/{A}/{V}/audio/init-01234567.mp4"
    assert keys.dash_manifest(A, V) == f"hls/{A}/{V}/manifest.mpd"
    assert keys.still(A, V, "poster.jpg") == f"stills/{A}/{V}/poster.jpg"
    assert keys.chunk_file_prefix(7, V) == "c0007-00000000000b"


def test_everything_of_an_asset_lies_below_its_prefixes() -> None:
    mine = [keys.original(A), keys.master(A, V), keys.still(A, V, "poster.jpg"), keys.download(A, V, "Lecture")]

    assert [key.startswith(prefix) for key, prefix in zip(mine, keys.asset_prefixes(A), strict=True)] == [True] * 4


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Lecture 3: Übungen & more", "lecture-3-ubungen-more.mp4"),
        ("講義", "video.mp4"),
        ("../../etc/passwd", "etc-passwd.mp4"),
        ("--", "video.mp4"),
        ("x" * 300, "x" * 80 + ".mp4"),
    ],
)
def test_a_download_is_named_after_its_title(title: str, name: str) -> None:
    assert keys.download(A, V, title) == f"downloads/{A}/{V}/{name}"


@pytest.mark.parametrize("name", ["../x", "a/b/../c", "", "x y", ".x"])
def test_names_of_files_are_checked(name: str) -> None:
    with pytest.raises(BadKey):
        keys.track_file(A, V, "720p", name)


@pytest.mark.parametrize(
    ("key", "expected", "cached"),
    [
        ("x/master.m3u8", "application/vnd.apple.mpegurl", "no-store"),
        ("x/1.m4s", "video/iso.segment", "private, max-age=31536000, immutable"),
        ("x/init.mp4", "video/mp4", "private, max-age=31536000, immutable"),
        ("x/board.vtt", "text/vtt; charset=utf-8", "private, max-age=31536000, immutable"),
        ("x/poster.jpg", "image/jpeg", "private, max-age=31536000, immutable"),
        ("x/source", "application/octet-stream", "private, max-age=31536000, immutable"),
    ],
)
def test_types_and_caching_follow_from_the_suffix(key: str, expected: str, cached: str) -> None:
    assert content_type(key) == expected
    assert cache_control(key) == cached


def test_a_url_names_a_storage(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    local = open_storage(StorageSettings(storage_url=folder.as_uri()))
    assert isinstance(local, LocalStorage)
    assert local.root == folder

    remote = open_storage(StorageSettings(storage_url="s3://bucket/some/prefix?endpoint=http://127.0.0.1:9&region=eu-west-1"))
    assert isinstance(remote, S3Storage)
    assert remote.bucket == "bucket"


@pytest.mark.parametrize("url", ["", "objects", "file://host/x", "file:relative", "s3:///x", "http://x/y"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(Refused) as error:
        open_storage(StorageSettings(storage_url=url))
    assert error.value.code == "storage.bad_url"
