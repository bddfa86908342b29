"""The body of a request that brings a picture: spooled, put into storage, and forgotten when nobody wants it after all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Literal
from uuid import UUID

from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from api.services import Services
from api.uploads_body import Ending, IncomingBody
from api.wire import Failure, HttpRequest, View
from core.errors import ErrorKind, Refused
from core.ids import new_id
from db.models import Picture
from storage import keys

TYPES = ("image/jpeg", "image/png", "image/webp")

_LIMIT = 10 * 2**20
_PIECE = 256 * 1024


class PictureView(View):
    """What has become of the newest picture, and what is shown meanwhile.

    `state`: `none` (there is no picture), `uploaded` (it is being rendered), `ready` (it shows), or `failed`.
    """

    state: Literal["none", "uploaded", "ready", "failed"]
    failure: Failure | None
    url: str | None


@dataclass
class PictureBody(Operation):
    """How OpenAPI tells of a body that is a picture: `operation_class` of the route."""

    def __post_init__(self) -> None:
        picture = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(content=dict.fromkeys(TYPES, picture), required=True)


def picture_view(newest: Picture | None, url: str | None) -> PictureView:
    """`newest`: the one that was brought last; `url`: of the one that shows."""
    failed = newest is not None and newest.failure_code is not None
    return PictureView(
        state="none" if newest is None else newest.state.value,
        failure=Failure(code=newest.failure_code or "", message=newest.failure_message or "") if newest and failed else None,
        url=url,
    )


@asynccontextmanager
async def stored_picture(request: HttpRequest, services: Services, subject_id: UUID) -> AsyncIterator[tuple[UUID, str]]:
    """A new picture's id and the key at which its bytes lie; they go again when the block, which is to note them, fails.

    Raises Refused `request.unsupported_type`, `image.too_large`, `image.not_an_image` when it is empty, `request.interrupted`.
    """
    if request.content_type[0].lower() not in TYPES:
        raise Refused("request.unsupported_type", f"The body must be {' or '.join(TYPES)}.", kind=ErrorKind.UNSUPPORTED)
    picture_id = new_id()
    key = keys.picture_original(subject_id, picture_id)
    async with _received(request, services) as picture:
        await asyncio.to_thread(services.storage.put_file, key, picture)
    try:
        yield picture_id, key
    except BaseException:
        await asyncio.to_thread(services.storage.delete, key)
        raise


@asynccontextmanager
async def _received(request: HttpRequest, services: Services) -> AsyncIterator[Path]:
    """The whole body, in a file: many slow senders at once take no memory. What is left of it afterwards goes."""
    if (request.content_length or 0) > _LIMIT:
        raise _too_large()
    idle_s = services.settings.uploads.upload_idle_s
    body = IncomingBody(request.receive, limit=_LIMIT, idle_s=idle_s, stopping=services.stopping)
    with _spool(services.settings.scratch_dir / "chunks") as spool:
        async for piece in body.pieces(_PIECE):
            spool.write(piece)
        if body.ending is Ending.TOO_LONG:
            raise _too_large()
        if body.ending is not Ending.WHOLE:
            raise Refused("request.interrupted", "The request ended before its body did.")
        if not body.received:
            raise Refused("image.not_an_image", "There is no picture in the request.")
        spool.flush()
        yield Path(spool.name)


@contextmanager
def _spool(folder: Path) -> Iterator[IO[bytes]]:
    """A file with a name, which may be moved away."""
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, delete=False) as spool:
        try:
            yield spool
        finally:
            Path(spool.name).unlink(missing_ok=True)


def _too_large() -> Refused:
    return Refused("image.too_large", f"The picture has more than {_LIMIT // 2**20} MB.", kind=ErrorKind.TOO_LARGE)
