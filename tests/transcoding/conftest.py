"""Shared by the transcoding tests: transcode a clip whole, as the pipeline would."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.media import MediaInfo, Part, Plan
from tests.support.clips import joined
from transcoding.encode_audio import encode_audio
from transcoding.encode_chunk import encode_chunk
from transcoding.prepare import prepare
from transcoding.probe import Limits
from transcoding.tools import Tools


@dataclass
class Made:
    """A whole version in a folder."""

    info: MediaInfo
    plan: Plan
    source: Path
    folder: Path
    parts: dict[str, list[Part]] = field(default_factory=dict)

    def whole(self, track: str) -> Path:
        """All segments of a track as one file."""
        parts = self.parts[track]
        names = [segment.name for part in parts for segment in part.segments]
        return joined(self.folder / track, parts[0].init_name, names)


@pytest.fixture
def transcode(tools: Tools, tmp_path: Path) -> Callable[[Path], Made]:
    """Prepare, encode every chunk and every sound: nothing is copied."""

    def work(path: Path) -> Made:
        folder = tmp_path / f"{path.name}-out"
        folder.mkdir()
        ready = prepare(tools, path, Limits(), folder, copy=False)
        made = Made(ready.info, ready.plan, ready.source, folder)
        for chunk in ready.plan.chunks if ready.plan.rungs else ():
            for part in encode_chunk(tools, ready.source, ready.plan, chunk, ready.plan.rungs, folder, f"c{chunk.index:04d}"):
                made.parts.setdefault(part.track, []).append(part)
        for sound in ready.plan.sounds:
            encoded = encode_audio(tools, ready.source, ready.plan, sound, folder, "a", lambda part: None)
            made.parts[sound.name] = encoded.parts
        return made

    return work
