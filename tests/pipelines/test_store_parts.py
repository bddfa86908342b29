"""Storing the files of parts: one failure is enough."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from core.errors import Transient
from core.media import Part, Segment
from pipelines.media.store_parts import store_parts

ID = UUID(int=1)


def test_after_a_failure_no_more_files_are_tried(tmp_path: Path) -> None:
    tried: list[str] = []

    def put_file(key: str, _: Path) -> None:
        tried.append(key)
        raise Transient("storage.unavailable", "The object store does not answer.")

    ctx: Any = SimpleNamespace(check=lambda: None, storage=SimpleNamespace(put_file=put_file))
    segments = tuple(Segment(name=f"c0000-x_{number:05d}.m4s", duration_s=4.0, size=1) for number in range(2000))
    part = Part(
        track="240p", chunk=0, init_name="init-a.mp4", init_sha256="a", codecs="avc1.64000d", segments=segments, frames=1
    )
    with pytest.raises(Transient):
        store_parts(ctx, ID, ID, [part], tmp_path, None)
    assert len(tried) < len(segments)
