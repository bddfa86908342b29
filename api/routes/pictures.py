"""The poster of an asset: its owner brings a picture, picks a frame, or leaves it to the pipeline."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Annotated, Literal
from uuid import UUID

from litestar import delete, get, post, put
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.access import related, stated
from api.auth import actor_of
from api.posters import PosterFile, StillAddresses
from api.services import Injected, Services
from api.uploads_body import Ending, IncomingBody
from api.wire import Body, Failure, HttpRequest, View
from core.errors import ErrorKind, Refused
from core.ids import new_id
from db.queries import assets as asset_queries
from db.queries import pictures as queries
from domain import pictures as domain
from domain import playback
from domain.policies import Scope
from storage import keys

_TYPES = ("image/jpeg", "image/png", "image/webp")
_LIMIT = 10 * 2**20
_PIECE = 256 * 1024


class PosterView(View):
    """What has become of the newest poster that the owner wanted, and what is shown meanwhile.

    `state`: `automatic` (the owner wants none), `uploaded` (it is being rendered), `ready` (it shows), or `failed`.
    """

    state: Literal["automatic", "uploaded", "ready", "failed"]
    failure: Failure | None
    poster_url: str | None
    posters: list[PosterFile]


class PickedFrame(Body):
    """A moment of the video, in seconds from its start."""

    at_s: Annotated[float, Meta(ge=0)]


@dataclass
class _PictureBody(Operation):
    def __post_init__(self) -> None:
        picture = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(content=dict.fromkeys(_TYPES, picture), required=True)


async def _view(services: Services, asset_id: UUID) -> PosterView:
    async with services.sessions() as session:
        asset = await asset_queries.by_id(session, asset_id)
        if asset is None:
            raise Refused("asset.not_found", "There is no such asset, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
        versions = await asset_queries.shown_versions(session, [asset])
        chosen = await queries.chosen_posters(session, [asset])
        newest = next(iter(await queries.of_subject(session, domain.POSTER, asset_id)), None)
    shown = StillAddresses(services, asset, next(iter(versions.values()), None), next(iter(chosen.values()), None))
    failed = newest is not None and newest.failure_code is not None
    return PosterView(
        state="automatic" if newest is None else newest.state.value,
        failure=Failure(code=newest.failure_code or "", message=newest.failure_message or "") if newest and failed else None,
        poster_url=shown.poster,
        posters=shown.posters,
    )


@get(
    "/assets/{asset_id:uuid}/poster",
    operation_id="getPoster",
    tags=["Assets"],
    summary="What shows as poster",
    **stated(related("asset.manage", Scope.MEDIA_READ), 403),
)
async def get_poster(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> PosterView:
    """How far the newest poster is that the owner wanted."""
    async with services.sessions() as session:
        await playback.managed_asset(session, actor_of(request), asset_id)
    return await _view(services, asset_id)


@put(
    "/assets/{asset_id:uuid}/poster",
    operation_id="putPoster",
    tags=["Assets"],
    summary="Bring a poster",
    status_code=202,
    operation_class=_PictureBody,
    request_max_body_size=None,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 413, 415, limit="upload"),
)
async def put_poster(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> PosterView:
    """A JPEG, PNG or WebP picture of at most 10 MB. It shows once it has been rendered anew, which takes a moment."""
    actor = actor_of(request)
    async with services.sessions() as session:
        await playback.managed_asset(session, actor, asset_id)
    if request.content_type[0].lower() not in _TYPES:
        raise Refused("request.unsupported_type", f"The body must be {' or '.join(_TYPES)}.", kind=ErrorKind.UNSUPPORTED)
    picture_id = new_id()
    key = keys.picture_original(asset_id, picture_id)
    async with _received(request, services) as picture:
        await asyncio.to_thread(services.storage.put_file, key, picture)
    try:
        async with services.sessions.begin() as session:
            await playback.managed_asset(session, actor, asset_id)
            await domain.upload_poster(session, asset_id, actor.id, picture_id, key)
    except BaseException:
        await asyncio.to_thread(services.storage.delete, key)
        raise
    return await _view(services, asset_id)


@asynccontextmanager
async def _received(request: HttpRequest, services: Services) -> AsyncIterator[Path]:
    """The whole body, in a file: many slow senders at once take no memory. What is left of it afterwards goes.

    Raises Refused `image.too_large`, `image.not_an_image` when it is empty, `request.interrupted`.
    """
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


@post(
    "/assets/{asset_id:uuid}/poster",
    operation_id="pickPoster",
    tags=["Assets"],
    summary="Pick a frame as poster",
    status_code=202,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 409),
)
async def pick_poster(
    request: HttpRequest, asset_id: FromPath[UUID], data: JSONBody[PickedFrame], services: Injected
) -> PosterView:
    """The frame that is shown at this moment; taken from the uploaded file, which takes a moment."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        await domain.pick_poster(session, asset_id, actor.id, data.at_s)
    return await _view(services, asset_id)


@delete(
    "/assets/{asset_id:uuid}/poster",
    operation_id="deletePoster",
    tags=["Assets"],
    summary="Go back to the automatic poster",
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403),
)
async def delete_poster(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> None:
    """Forget what the owner brought or picked; the poster that the pipeline found shows again."""
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor_of(request), asset_id)
        await domain.automatic_poster(session, asset_id)


ROUTES = (get_poster, put_poster, pick_poster, delete_poster)
