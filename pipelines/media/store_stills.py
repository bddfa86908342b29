"""Where the renderings of a picture go: among the stills of its asset, or where anyone may see them."""

from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from core.media import PictureFile
from pipelines.context import StepContext
from storage import keys
from transcoding.renderings import Rendering


def store_renderings(
    ctx: StepContext, asset_id: UUID, folder: UUID, renderings: Sequence[Rendering]
) -> tuple[PictureFile, ...]:
    """Store files of the attempt's scratch folder below `stills/<asset>/<folder>/`; in the same order."""
    return _store(ctx, renderings, lambda name: keys.still(asset_id, folder, name))


def store_public(ctx: StepContext, picture_id: UUID, renderings: Sequence[Rendering]) -> tuple[PictureFile, ...]:
    """Store files of the attempt's scratch folder below `pictures/<picture>/`; in the same order."""
    return _store(ctx, renderings, lambda name: keys.public_picture(picture_id, name))


def _store(ctx: StepContext, renderings: Sequence[Rendering], spell: Callable[[str], str]) -> tuple[PictureFile, ...]:
    stored = []
    for rendering in renderings:
        ctx.check()
        key = spell(rendering.name)
        ctx.storage.put_file(key, ctx.scratch / rendering.name)
        kind: Literal["image/jpeg", "image/webp"] = "image/webp" if rendering.name.endswith(".webp") else "image/jpeg"
        stored.append(PictureFile(key=key, width=rendering.width, height=rendering.height, media_type=kind))
    return tuple(stored)
