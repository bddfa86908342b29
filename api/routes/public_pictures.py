"""Avatars and covers: what a job has rendered of them, for anyone, for good."""

import asyncio
import re
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from api.access import OPEN, stated
from api.services import Injected
from api.wire import HttpRequest, not_found
from storage import keys
from storage.base import Missing

# What the job writes, in every size; nothing else lies there.
_NAME = re.compile(r"picture(-[0-9]{1,4})?\.(jpg|webp)")
_TYPES = {"jpg": "image/jpeg", "webp": "image/webp"}
_LIMIT = 4 * 2**20
_FOR_GOOD = "public, max-age=31536000, immutable"


@get(
    "/pictures/{picture_id:uuid}/{name:str}",
    operation_id="getPicture",
    tags=["Courses"],
    summary="An avatar or a cover",
    media_type="image/jpeg",
    **stated(OPEN, 404),
)
async def get_picture(
    request: HttpRequest, picture_id: FromPath[UUID], name: FromPath[str], services: Injected
) -> Response[bytes]:
    """One rendering, JPEG or WebP, as `avatarUrl` and `coverUrl` name it. It never changes: a new picture has a new address."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise not_found("picture")
    try:
        stored = await asyncio.to_thread(services.storage.read_object, keys.public_picture(picture_id, name), _LIMIT)
    except Missing:
        raise not_found("picture") from None
    headers = {"Cache-Control": _FOR_GOOD, "ETag": f'"{stored.info.etag}"'}
    media_type = _TYPES[found[2]]
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(stored.data, headers=headers, media_type=media_type)


ROUTES = (get_picture,)
