"""Storing the files of parts: one failure is enough; what is encrypted can be read with the key alone."""

from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from core.errors import Transient
from core.media import Part, Segment
from pipelines.media.encryption import decrypt
from pipelines.media.store_parts import store_parts

ID = UUID(int=1)


def test_after_a_failure_no_more_files_are_tried(tmp_path: Path) -> None:
    tried: list[str] = []
    taking = Event()

    def put_file(key: str, _: Path) -> None:
        tried.append(key)
        # As long as a store that answers at all takes: else all have been tried before anybody has heard of the first.
        taking.wait(0.005)
        raise Transient("storage.unavailable", "The object store does not answer.")

    ctx: Any = SimpleNamespace(check=lambda: None, storage=SimpleNamespace(put_file=put_file))
    segments = tuple(Segment(name=f"c0000-x_{number:05d}.m4s", duration_s=4.0, size=1) for number in range(2000))
    part = Part(
        track="240p", chunk=0, init_name="init-a.mp4", init_sha256="a", codecs="avc1.64000d", segments=segments, frames=1
    )
    with pytest.raises(Transient):
        store_parts(ctx, ID, ID, [part], tmp_path, None)
    assert len(tried) < len(segments)


def test_segments_are_encrypted_and_the_init_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "240p"
    folder.mkdir()
    clear = {"a.m4s": b"a" * 1000, "b.m4s": b"a" * 1000, "init-a.mp4": b"init"}
    for name, data in clear.items():
        (folder / name).write_bytes(data)
    stored: dict[str, bytes] = {}

    def put_file(key: str, path: Path) -> None:
        stored[key.rpartition("/")[2]] = path.read_bytes()

    ctx: Any = SimpleNamespace(check=lambda: None, storage=SimpleNamespace(put_file=put_file))
    segments = tuple(Segment(name=name, duration_s=4.0, size=1000, key_frame=(0, 500)) for name in ("a.m4s", "b.m4s"))
    part = Part(
        track="240p", chunk=0, init_name="init-a.mp4", init_sha256="a", codecs="avc1.64000d", segments=segments, frames=1
    )
    key = bytes(range(16))
    (kept,) = store_parts(ctx, ID, ID, [part], tmp_path, key)
    assert stored["init-a.mp4"] == b"init"
    for segment in kept.segments:
        assert (segment.size, segment.key_frame) == (len(stored[segment.name]), None)
        assert decrypt(stored[segment.name], key, bytes.fromhex(segment.iv or "")) == clear[segment.name]
    # The same bytes under the same key, and yet nobody can tell.
    assert stored["a.m4s"] != stored["b.m4s"]
    with pytest.raises(Transient):
        decrypt(stored["a.m4s"][:-1], key, bytes(16))
