"""The source of an asset as a local file, for the steps that read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.settings import Settings
from db.queries.versions import SourceFacts
from pipelines.context import StepContext
from pipelines.media.source_cache import SourceCache
from storage.base import Missing


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
    with cache.reading(source.asset_id, "original", fetch, ctx.check) as path:
        yield path
