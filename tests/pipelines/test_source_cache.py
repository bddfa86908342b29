"""The source cache: filled once, kept while read, dropped when nobody reads."""

import shutil
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest

from core.errors import Interrupted, OutOfResources
from core.ids import new_id
from pipelines.media.source_cache import SourceCache, demand_space


def _go_on() -> None:
    return None


@pytest.fixture
def cache(tmp_path: Path) -> SourceCache:
    return SourceCache(tmp_path / "sources")


def _read(cache: SourceCache, asset_id: UUID, fills: list[str]) -> bytes:
    def fill(path: Path) -> None:
        fills.append(path.name)
        path.write_bytes(b"source")

    with cache.reading(asset_id, "original", fill, _go_on) as path:
        return path.read_bytes()


def test_many_readers_fetch_a_source_once(cache: SourceCache) -> None:
    asset_id = new_id()
    fills: list[str] = []
    seen: list[bytes] = []
    readers = [Thread(target=lambda: seen.append(_read(cache, asset_id, fills))) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert seen == [b"source"] * 8
    assert len(fills) == 1


def test_a_fetch_that_fails_leaves_nothing_that_counts_as_the_source(cache: SourceCache) -> None:
    asset_id = new_id()

    def half(path: Path) -> None:
        path.write_bytes(b"sou")
        raise OSError("the line broke")

    with pytest.raises(OSError, match="line broke"), cache.reading(asset_id, "original", half, _go_on):
        pass
    assert _read(cache, asset_id, []) == b"source"


def test_what_is_being_read_is_not_removed(cache: SourceCache, tmp_path: Path) -> None:
    asset_id = new_id()
    with cache.reading(asset_id, "original", Path.touch, _go_on) as path:
        assert not cache.remove(asset_id)
        assert path.exists()
    assert cache.remove(asset_id)
    assert list((tmp_path / "sources").iterdir()) == []
    assert cache.remove(asset_id)


def test_one_file_is_made_from_the_other(cache: SourceCache) -> None:
    asset_id = new_id()

    def remux(path: Path) -> None:
        path.write_bytes(_read(cache, asset_id, []) + b" remuxed")

    with cache.reading(asset_id, "seekable", remux, _go_on) as path:
        assert path.read_bytes() == b"source remuxed"


def test_a_wait_for_another_reader_can_be_interrupted(cache: SourceCache) -> None:
    asset_id, filling, go = new_id(), Event(), Event()

    def slow(path: Path) -> None:
        filling.set()
        go.wait(20)
        path.write_bytes(b"source")

    def first() -> None:
        with cache.reading(asset_id, "original", slow, _go_on):
            pass

    def stop() -> None:
        raise Interrupted("job.cancelled", "Stop.")

    thread = Thread(target=first)
    thread.start()
    assert filling.wait(20)
    with pytest.raises(Interrupted), cache.reading(asset_id, "original", slow, stop):
        pass
    go.set()
    thread.join()


def test_room_is_made_from_what_was_not_used_for_longest(cache: SourceCache, monkeypatch: pytest.MonkeyPatch) -> None:
    old, young = new_id(), new_id()
    _read(cache, old, [])
    _read(cache, young, [])
    free = iter([10, 1000, 1000])
    usage = shutil.disk_usage(Path("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=next(free)))
    cache.make_room(100, 3.0)
    fills: list[str] = []
    _read(cache, young, fills)
    assert fills == []
    _read(cache, old, fills)
    assert fills == ["original.part"]


def test_too_little_space_defers_the_work(tmp_path: Path) -> None:
    with pytest.raises(OutOfResources) as caught:
        demand_space(tmp_path, 2**60, 3.0)
    assert caught.value.code == "media.no_scratch_space"
    assert caught.value.detail["delay_s"] > 0
