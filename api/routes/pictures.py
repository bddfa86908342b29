"""The poster of an asset: its owner brings a picture, picks a frame, or leaves it to the pipeline."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.access import related, stated
from api.auth import actor_of
from api.picture_body import PictureBody, stored_picture
from api.posters import PosterFile, StillAddresses
from api.services import Injected, Services
from api.wire import Body, Failure, HttpRequest, View
from core.errors import ErrorKind, Refused
from db.queries import assets as asset_queries
from db.queries import pictures as queries
from domain import audit, playback
from domain import pictures as domain
from domain.policies import Scope


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
    operation_class=PictureBody,
    request_max_body_size=None,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 413, 415, limit="upload"),
)
async def put_poster(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> PosterView:
    """A JPEG, PNG or WebP picture of at most 10 MB. It shows once it has been rendered anew, which takes a moment."""
    actor = actor_of(request)
    async with services.sessions() as session:
        await playback.managed_asset(session, actor, asset_id)
    async with stored_picture(request, services, asset_id) as (picture_id, key), services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        await domain.upload_poster(session, asset_id, actor.id, picture_id, key)
        await audit.note(session, actor, "asset.poster_changed", "asset", asset_id, pictureId=str(picture_id))
    return await _view(services, asset_id)


@post(
    "/assets/{asset_id:uuid}/poster",
    operation_id="pickPoster",
    tags=["Assets"],
    summary="Pick a frame as poster",
    status_code=202,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 409, 422),
)
async def pick_poster(
    request: HttpRequest, asset_id: FromPath[UUID], data: JSONBody[PickedFrame], services: Injected
) -> PosterView:
    """The frame that is shown at this moment; taken from the uploaded file, which takes a moment."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        await domain.pick_poster(session, asset_id, actor.id, data.at_s)
        await audit.note(session, actor, "asset.poster_changed", "asset", asset_id, atS=data.at_s)
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
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        await domain.automatic_poster(session, asset_id)
        await audit.note(session, actor, "asset.poster_removed", "asset", asset_id)


ROUTES = (get_poster, put_poster, pick_poster, delete_poster)
