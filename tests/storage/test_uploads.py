"""Resumable uploads: however they are cut, the object is what was sent."""

import hashlib
import mmap
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import ErrorKind, Refused
from storage.base import BadKey, Missing, Storage

KEY = "originals/a/source"
# Two whole parts of S3 and a rest.
SIZE = 17 * 2**20 + 4321

WRITER = """
import json, mmap, sys
from pathlib import Path
from core.settings import StorageSettings
from storage import open_storage
url, state, source, offset, step = sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
store = open_storage(StorageSettings(storage_url=url))
data = source.read_bytes()
while offset < len(data):
    piece = data[offset : offset + step]
    pages = mmap.mmap(-1, len(piece))
    pages[:] = piece
    store.append("originals/a/source", state, offset, memoryview(pages))
    offset += len(piece)
    print(offset, flush=True)
"""


@pytest.fixture(scope="module")
def data() -> bytes:
    """What is uploaded."""
    return random.Random(4).randbytes(SIZE)


def _buffer(data: bytes, before: int = 0) -> memoryview:
    """The same in memory that begins at a page, or `before` bytes after."""
    pages = mmap.mmap(-1, before + len(data))
    pages[before:] = data
    return memoryview(pages)[before:]


def test_random_cuts_leave_the_same_bytes(store: Storage, data: bytes, tmp_path: Path) -> None:
    rng = random.Random(7)
    state = first = store.begin_upload(KEY)
    assert store.upload_offset(KEY, state) == 0
    offset = 0
    while offset < SIZE:
        piece = data[offset : offset + rng.choice([1, 1000, 300_000, 2 * 2**20, 9 * 2**20])]
        # As bytes, files or buffers, going on from the newest state or, as after a crash, from the first.
        sources: list[bytes | memoryview | Path] = [piece, tmp_path / "piece", _buffer(piece)]
        source = rng.choice(sources)
        if isinstance(source, Path):
            source.write_bytes(piece)
        state = store.append(KEY, rng.choice([state, first]), offset, source)
        offset = store.upload_offset(KEY, state)
    assert store.stat(KEY) is None
    assert list(store.list("")) == []

    info = store.complete_upload(KEY, state)

    assert (info.key, info.size) == (KEY, SIZE)
    assert hashlib.sha256(store.read_bytes(KEY, SIZE)).digest() == hashlib.sha256(data).digest()
    assert [found.key for found in store.list("")] == [KEY]


def test_an_upload_survives_its_writers(store: Storage, storage_url: str, data: bytes, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(data)
    state = store.begin_upload(KEY)
    # Three writers are killed after some pieces, at whatever they are doing then; the fourth may finish.
    for pieces, step in ((3, 700 * 2**10), (2, 1_300_000), (4, 900_000), (1000, 5 * 2**20)):
        offset = store.upload_offset(KEY, state)
        finish_one_writer(storage_url, state, source, offset, step, pieces)
    # What a dead writer had sent may arrive late and take the tail back, never mix it up: go on from where it is.
    while (offset := store.upload_offset(KEY, state)) < SIZE:
        store.append(KEY, state, offset, data[offset:])

    assert store.complete_upload(KEY, state).size == SIZE
    assert store.read_bytes(KEY, SIZE) == data


def finish_one_writer(url: str, state: dict[str, Any], source: Path, offset: int, step: int, pieces: int) -> None:
    import json

    command = [sys.executable, "-c", WRITER, url, json.dumps(state), str(source), str(offset), str(step)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as writer:
        assert writer.stdout
        for _ in range(pieces):
            if not writer.stdout.readline():
                break
        writer.kill()


def test_data_must_begin_where_the_upload_ends(store: Storage) -> None:
    state = store.append(KEY, store.begin_upload(KEY), 0, b"12345")

    for offset in (0, 4, 6):
        with pytest.raises(Refused) as error:
            store.append(KEY, state, offset, b"x")
        assert (error.value.kind, error.value.code) == (ErrorKind.CONFLICT, "upload.offset_mismatch")
        assert error.value.detail["offset"] == 5
    assert store.upload_offset(KEY, state) == 5


@pytest.mark.parametrize("before", [0, 1])
def test_buffers_of_whole_pages_are_appended_like_any_other(store: Storage, data: bytes, before: int) -> None:
    state = store.begin_upload(KEY)
    offset = 0
    # Whole pages, pages and a rest, whole pages after that rest; all of it is readable at once.
    for length in (3 * 2**20, 2**20 + 1, 2 * 2**20):
        state = store.append(KEY, state, offset, _buffer(data[offset : offset + length], before))
        offset += length
        assert store.upload_offset(KEY, state) == offset
        growing = store.partial_path(KEY, state)
        assert growing is None or growing.read_bytes() == data[:offset]

    store.complete_upload(KEY, state)

    assert store.read_bytes(KEY, offset) == data[:offset]


def test_appending_nothing_changes_nothing(store: Storage) -> None:
    state = store.append(KEY, store.begin_upload(KEY), 0, b"12345")

    state = store.append(KEY, state, 5, b"")

    assert store.upload_offset(KEY, state) == 5
    assert store.complete_upload(KEY, state).size == 5


def test_an_empty_upload_becomes_an_empty_object(store: Storage) -> None:
    state = store.begin_upload(KEY)

    assert store.complete_upload(KEY, state).size == 0
    assert store.read_bytes(KEY) == b""


def test_completing_again_has_no_effect(store: Storage) -> None:
    state = store.append(KEY, store.begin_upload(KEY), 0, b"12345")

    assert store.complete_upload(KEY, state) == store.complete_upload(KEY, state)
    assert store.upload_offset(KEY, state) == 5
    with pytest.raises(Missing):
        store.append(KEY, state, 5, b"6")
    store.abort_upload(KEY, state)
    assert store.read_bytes(KEY) == b"12345"


def test_an_aborted_upload_leaves_nothing(store: Storage, storage_url: str, data: bytes, tmp_path: Path) -> None:
    state = store.append(KEY, store.begin_upload(KEY), 0, data[: 9 * 2**20])

    store.abort_upload(KEY, state)
    store.abort_upload(KEY, state)

    for use in (
        lambda: store.append(KEY, state, 0, b"x"),
        lambda: store.upload_offset(KEY, state),
        lambda: store.complete_upload(KEY, state),
    ):
        with pytest.raises(Missing):
            use()
    assert list(store.list("")) == []
    left = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert left == []


def test_two_uploads_of_one_key_stay_apart(store: Storage) -> None:
    one, two = store.begin_upload(KEY), store.begin_upload(KEY)
    one = store.append(KEY, one, 0, b"one")
    two = store.append(KEY, two, 0, b"second")

    assert (store.upload_offset(KEY, one), store.upload_offset(KEY, two)) == (3, 6)
    store.complete_upload(KEY, two)
    store.abort_upload(KEY, one)
    assert store.read_bytes(KEY) == b"second"


@pytest.mark.parametrize("name", ["../../x", "", "a/b", "." * 22])
def test_a_state_names_no_file_of_ours(store: Storage, name: str) -> None:
    state = store.begin_upload(KEY) | {"file": name, "tail": name}

    with pytest.raises(BadKey):
        store.append(KEY, state, 0, os.urandom(10))
