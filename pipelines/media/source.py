"""The source of an asset as a local file, for the steps that read it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.media import Plan
from core.settings import Settings
from db.queries.versions import SourceFacts
from pipelines.context import StepContext
from pipelines.media.source_cache import SourceCache
from storage.base import Missing
from transcoding.remux import remux

_ORIGINAL = "original"
_SEEKABLE = "seekable"


def source_cache(settings: Settings) -> SourceCache:
    """The cache of this machine."""
    return SourceCache(settings.cache_dir / "sources")


@contextmanager
def original(ctx: StepContext, source: SourceFacts) -> Iterator[Path]:
    """The uploaded file itself, to be read only: where storage keeps it, or fetched once into this machine's cache."""
    local = ctx.storage.local_path(source.key)
    if local is not None:
        yield local
        return

    def fetch(path: Path) -> None:
        info = ctx.storage.stat(source.key)
        if info is None:
            raise Missing(source.key)
        cache.make_room(info.size, ctx.settings.media.scratch_factor)
        with path.open("wb") as file:
            for piece in ctx.storage.open_range(source.key, 0, info.size):
                ctx.check()
                file.write(piece)

    cache = source_cache(ctx.settings)
    with cache.reading(source.asset_id, _ORIGINAL, fetch, ctx.check) as path:
        yield path


@contextmanager
def planned(ctx: StepContext, source: SourceFacts, plan: Plan) -> Iterator[Path]:
    """The file that the plan's times refer to: the original, or a remuxed copy, made once per machine."""
    if not plan.remux:
        with original(ctx, source) as path:
            yield path
        return

    def make(path: Path) -> None:
        if source.info is None:
            raise Missing(source.key)
        with original(ctx, source) as uploaded:
            cache.make_room(uploaded.stat().st_size, ctx.settings.media.scratch_factor)
            _move(remux(ctx.tools, uploaded, source.info, ctx.scratch, ctx.watch), path)

    cache = source_cache(ctx.settings)
    with cache.reading(source.asset_id, _SEEKABLE, make, ctx.check) as path:
        yield path


def keep_seekable(ctx: StepContext, source: SourceFacts, copy: Path) -> None:
    """A remuxed copy that inspecting has made anyway serves the later steps on this machine."""
    with source_cache(ctx.settings).reading(source.asset_id, _SEEKABLE, lambda path: _move(copy, path), ctx.check):
        pass


def _move(made: Path, path: Path) -> None:
    shutil.move(made, path)
