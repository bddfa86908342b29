"""What only a directory can do wrong."""

import errno
import os
import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest

from core.errors import ErrorKind, OutOfResources, Refused
from storage import files
from storage.base import Missing
from storage.local import LocalStorage

KEY = "hls/a/v/720p/c0001-abc_00001.m4s"


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    """An empty directory."""
    return LocalStorage(tmp_path / "objects")


def modes(root: Path) -> set[tuple[bool, int]]:
    """Whether it is a folder, and its permissions, of everything below and including `root`."""
    found = [root, *root.rglob("*")]
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in found}


def test_nobody_else_can_read_what_is_stored(store: LocalStorage, tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        source = tmp_path / "open"
        source.write_bytes(b"x")
        source.chmod(0o644)
        store.put_file(KEY, source)
        store.put_bytes("stills/a/v/poster.jpg", b"x")
        store.complete_upload("originals/a/source", store.append("originals/a/source", store.begin_upload(KEY), 0, b"x"))
        store.begin_upload(KEY)
    finally:
        os.umask(previous)

    assert modes(store.root) == {(True, 0o700), (False, 0o600)}


def test_a_file_is_moved_not_copied(store: LocalStorage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    inode = source.stat().st_ino

    store.put_file(KEY, source)

    path = store.local_path(KEY)
    assert path
    assert path.stat().st_ino == inode
    assert not source.exists()


def test_a_file_of_another_file_system_is_copied(store: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 3_000_000)
    replace = Path.replace

    def replace_within(path: Path, target: Path) -> Path:
        if path == source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace_within)
    store.put_file(KEY, source)

    assert store.read_bytes(KEY) == source.read_bytes()
    assert list((store.root / ".tmp").iterdir()) == []


def test_a_full_disk_is_deferred_and_leaves_nothing(store: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: bytes) -> None:
        os.write(fd, data[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    state = store.begin_upload(KEY)
    monkeypatch.setattr(files, "write_all", full)
    with pytest.raises(OutOfResources) as error:
        store.put_bytes(KEY, b"xyz")
    assert error.value.code == "storage.full"
    assert store.stat(KEY) is None
    assert list((store.root / ".tmp").iterdir()) == []

    # Of an upload the part that did fit is kept and counts.
    with pytest.raises(OutOfResources):
        store.append(KEY, state, 0, b"xyz")
    assert store.upload_offset(KEY, state) == 1


def test_links_and_folders_are_no_objects(store: LocalStorage, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    store.put_bytes("hls/a/v/x", b"x")
    (store.root / "hls/a/v/link").symlink_to(secret)

    for key in ("hls/a/v/link", "hls/a/v", "hls/a/v/x/y"):
        assert store.stat(key) is None
        with pytest.raises(Missing):
            store.read_bytes(key)
        with pytest.raises(Missing):
            store.open_range(key, 0, 1)
    assert [info.key for info in store.list("")] == ["hls/a/v/x"]


def test_two_writers_of_one_upload_are_kept_apart(store: LocalStorage, tmp_path: Path) -> None:
    state = store.begin_upload(KEY)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    both = Barrier(2)

    def slow_writer() -> None:
        both.wait()
        store.append(KEY, state, 0, pipe)

    thread = Thread(target=slow_writer)
    thread.start()
    both.wait()
    # Opening the pipe for writing returns once the other writer holds the lock and reads.
    with pipe.open("wb") as feed:
        with pytest.raises(Refused) as error:
            store.append(KEY, state, 0, b"second")
        feed.write(b"first")
    thread.join()

    assert (error.value.kind, error.value.code) == (ErrorKind.LOCKED, "upload.busy")
    assert store.complete_upload(KEY, state).size == 5


def test_what_a_killed_process_left_is_swept_at_the_next_start(store: LocalStorage) -> None:
    old, new = store.root / ".tmp" / "old", store.root / ".tmp" / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))

    LocalStorage(store.root)

    assert not old.exists()
    assert new.exists()


def test_no_empty_folders_are_left(store: LocalStorage) -> None:
    store.put_bytes(KEY, b"x")
    store.put_bytes("hls/a/v/240p/x", b"x")
    store.delete(KEY)
    assert not (store.root / "hls/a/v/720p").exists()

    store.delete_prefix("hls/a/")
    assert not (store.root / "hls").exists()
