"""Where the renderings of a picture go, so that delivery serves them like all stills of the asset."""

from collections.abc import Sequence
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
    stored = []
    for rendering in renderings:
        ctx.check()
        key = keys.still(asset_id, folder, rendering.name)
        ctx.storage.put_file(key, ctx.scratch / rendering.name)
        kind: Literal["image/jpeg", "image/webp"] = "image/webp" if rendering.name.endswith(".webp") else "image/jpeg"
        stored.append(PictureFile(key=key, width=rendering.width, height=rendering.height, media_type=kind))
    return tuple(stored)
