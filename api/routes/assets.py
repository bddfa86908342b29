"""Assets: list, look at, give up, delete, and who else may watch them."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.access import SIGNED_IN, related, stated
from api.auth import actor_of
from api.paging import Cursor, Limit, page
from api.posters import PosterFile, StillAddresses
from api.services import Injected, Services
from api.wire import NAME_PATTERN, Body, Failure, HttpRequest, Page, View, not_found
from core.errors import ErrorKind, Refused
from core.media import AssetOptions
from db.models import Asset, Grant, Picture, User, Version
from db.queries import assets as queries
from db.queries import pictures as picture_queries
from db.queries import playback as playback_queries
from db.queries import users as user_queries
from domain import assets, audit, media, playback, users
from domain.assets import OptionsChange
from domain.policies import Actor, Scope
from domain.versions import settle as make_more


class Source(View):
    """What the uploaded file is."""

    container: str
    duration_s: float
    size: int
    video_codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    audio_codec: str | None = None


class OptionsView(View):
    """What the owner wants of the streams. `encrypted` and `loudness` hold from the next version on."""

    encrypted: bool
    """AES-128, HLS only; the file to save is left out."""
    download: bool
    """Viewers may save one MP4."""
    av1: str
    loudness: bool


class AssetView(View):
    """A video or sound. Addresses of pictures are signed, for minutes, and open stills alone."""

    id: UUID
    owner_id: UUID
    mine: bool
    title: str
    filename: str
    state: str
    size: int | None
    failure: Failure | None
    source: Source | None
    rungs: list[str]
    duration_s: float | None
    playable: bool
    poster_url: str | None
    posters: list[PosterFile]
    """The poster in several sizes and formats, the largest first."""
    preview_url: str | None
    """A loop of a few seconds, animated WebP."""
    options: OptionsView
    created_at: datetime
    uploaded_at: datetime | None
    playable_at: datetime | None
    ready_at: datetime | None


class OptionsPatch(Body):
    """Options that change; those left out stay."""

    encrypted: bool | None = None
    download: bool | None = None
    av1: Literal["default", "off", "on", "watched"] | None = None
    loudness: bool | None = None


class AssetPatch(Body):
    """What changes; what is left out stays."""

    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN)] | None = None
    options: OptionsPatch | None = None


class NewGrant(Body):
    """Who may watch: one of both."""

    user_id: UUID | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None


class GrantView(View):
    """A user who may watch the asset."""

    asset_id: UUID
    user_id: UUID
    email: str
    display_name: str
    created_at: datetime


def _source(facts: dict[str, Any] | None) -> Source | None:
    if facts is None:
        return None
    video = facts.get("video") or {}
    audio = (facts.get("audio") or [{}])[0]
    return Source(
        container=facts["container"],
        duration_s=facts["duration_s"],
        size=facts["size"],
        video_codec=video.get("codec"),
        width=video.get("width"),
        height=video.get("height"),
        fps=round(video["fps_num"] / video["fps_den"], 3) if video.get("fps_den") else None,
        audio_codec=audio.get("codec"),
    )


def _view(
    services: Services, actor: Actor, versions: dict[UUID, Version], posters: dict[UUID, Picture]
) -> Callable[[Asset], AssetView]:
    def view(asset: Asset) -> AssetView:
        version = versions.get(asset.playable_version_id) if asset.playable_version_id else None
        stills = StillAddresses(services, asset, version, posters.get(asset.poster_id) if asset.poster_id else None)
        source = _source(asset.source)
        return AssetView(
            id=asset.id,
            owner_id=asset.owner_id,
            mine=asset.owner_id == actor.id,
            title=asset.title,
            filename=asset.filename,
            state=asset.state.value,
            size=asset.size,
            failure=Failure(code=asset.failure_code, message=asset.failure_message or "") if asset.failure_code else None,
            source=source,
            rungs=[rung["name"] for rung in version.plan["rungs"]] if version else [],
            duration_s=source.duration_s if source else None,
            playable=version is not None,
            poster_url=stills.poster,
            posters=stills.posters,
            preview_url=stills.preview,
            options=OptionsView(**msgspec.structs.asdict(msgspec.convert(asset.options, AssetOptions))),
            created_at=asset.created_at,
            uploaded_at=asset.uploaded_at,
            playable_at=asset.playable_at,
            ready_at=asset.ready_at,
        )

    return view


@get(
    "/assets",
    operation_id="listAssets",
    tags=["Assets"],
    summary="What I may watch",
    **stated(SIGNED_IN.with_scope(Scope.MEDIA_READ)),
)
async def list_assets(request: HttpRequest, services: Injected, cursor: Cursor = None, limit: Limit = 20) -> Page[AssetView]:
    """The caller's own assets and those granted, newest first; admins see all."""
    actor = actor_of(request)
    async with services.sessions() as session:
        rows = await queries.visible_to(session, actor.id, everything=actor.is_admin, before=cursor, limit=limit + 1)
        versions = await queries.shown_versions(session, rows)
        posters = await picture_queries.chosen_posters(session, rows)
    return page(rows, limit, _view(services, actor, versions, posters), lambda asset: asset.id)


@get(
    "/assets/{asset_id:uuid}",
    operation_id="getAsset",
    tags=["Assets"],
    summary="One asset",
    **stated(related("asset.watch", Scope.MEDIA_READ)),
)
async def get_asset(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> AssetView:
    """State, source and failure of one asset."""
    actor = actor_of(request)
    async with services.sessions() as session:
        asset = await playback.visible_asset(session, actor, asset_id)
        versions = await queries.shown_versions(session, [asset])
        posters = await picture_queries.chosen_posters(session, [asset])
    return _view(services, actor, versions, posters)(asset)


@patch(
    "/assets/{asset_id:uuid}",
    operation_id="changeAsset",
    tags=["Assets"],
    summary="Change an asset",
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403),
)
async def change_asset(
    request: HttpRequest, asset_id: FromPath[UUID], data: JSONBody[AssetPatch], services: Injected
) -> AssetView:
    """Give it another title or other options. A file to save and AV1 follow at once, the rest holds from the next version."""
    actor = actor_of(request)
    change = OptionsChange(**msgspec.structs.asdict(data.options)) if data.options else None
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        asset = await assets.change(session, asset_id, data.title, change)
        await audit.note(session, actor, "asset.changed", "asset", asset_id, title=asset.title, options=asset.options)
        if change is not None:
            await make_more(session, asset_id, services.settings.media)
        versions = await queries.shown_versions(session, [asset])
        posters = await picture_queries.chosen_posters(session, [asset])
    return _view(services, actor, versions, posters)(asset)


@delete(
    "/assets/{asset_id:uuid}",
    operation_id="deleteAsset",
    tags=["Assets"],
    summary="Delete an asset",
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403),
)
async def delete_asset(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> None:
    """Forget the asset at once; its objects are removed in the background."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        asset = await playback.managed_asset(session, actor, asset_id)
    async with services.sessions.begin() as session:
        # Locks pipeline before asset, so it begins with a session that has locked nothing.
        await media.delete_asset(session, asset_id)
        await audit.note(session, actor, "asset.deleted", "asset", asset_id, title=asset.title, filename=asset.filename)


@post(
    "/assets/{asset_id:uuid}/cancel",
    operation_id="cancelAsset",
    tags=["Assets"],
    summary="Stop processing",
    status_code=200,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 409),
)
async def cancel_asset(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> AssetView:
    """Stop making a stream of the asset. The original stays, so that it can be tried again."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
    async with services.sessions.begin() as session:
        await media.cancel_processing(session, asset_id)
    async with services.sessions() as session:
        asset = await playback.managed_asset(session, actor, asset_id)
    return _view(services, actor, {}, {})(asset)


@post(
    "/assets/{asset_id:uuid}/retry",
    operation_id="retryAsset",
    tags=["Assets"],
    summary="Process again",
    status_code=200,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 409),
)
async def retry_asset(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> AssetView:
    """Begin again with an asset that failed or was cancelled, if its original is still there."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        await media.retry(session, asset_id)
    async with services.sessions() as session:
        asset = await playback.managed_asset(session, actor, asset_id)
    return _view(services, actor, {}, {})(asset)


def _grant_view(grant: Grant, user: User) -> GrantView:
    return GrantView(
        asset_id=grant.asset_id, user_id=user.id, email=user.email, display_name=user.display_name, created_at=grant.created_at
    )


@get(
    "/assets/{asset_id:uuid}/grants",
    operation_id="listGrants",
    tags=["Assets"],
    summary="Who may watch",
    **stated(related("asset.manage", Scope.MEDIA_READ), 403),
)
async def list_grants(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> list[GrantView]:
    """The users whom the owner lets watch, oldest grant first."""
    async with services.sessions() as session:
        await playback.managed_asset(session, actor_of(request), asset_id)
        rows = await playback_queries.grants_of(session, asset_id)
    return [_grant_view(grant, user) for grant, user in rows]


@post(
    "/assets/{asset_id:uuid}/grants",
    operation_id="grantAsset",
    tags=["Assets"],
    summary="Let someone watch",
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 422),
)
async def grant_asset(
    request: HttpRequest, asset_id: FromPath[UUID], data: JSONBody[NewGrant], services: Injected
) -> GrantView:
    """Let a user watch; granting again changes nothing."""
    if (data.user_id is None) == (data.email is None):
        raise Refused("grant.whom", "Name the user by either userId or email.", kind=ErrorKind.UNPROCESSABLE)
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        asset = await playback.managed_asset(session, actor, asset_id)
        if data.user_id is not None:
            user = await user_queries.by_id(session, data.user_id)
        else:
            user = await users.known_by(session, data.email or "")
        if user is None:
            raise not_found("user")
        grant = await playback.grant(session, actor, asset, user)
    return _grant_view(grant, user)


@delete(
    "/assets/{asset_id:uuid}/grants/{user_id:uuid}",
    operation_id="withdrawGrant",
    tags=["Assets"],
    summary="Let someone watch no longer",
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403),
)
async def withdraw_grant(request: HttpRequest, asset_id: FromPath[UUID], user_id: FromPath[UUID], services: Injected) -> None:
    """Take a grant back; running playback ends within seconds. Without a grant nothing happens."""
    async with services.sessions.begin() as session:
        actor = actor_of(request)
        asset = await playback.managed_asset(session, actor, asset_id)
        ended = await playback.withdraw(session, actor, asset, user_id, services.clock())
    for session_id in ended:
        services.denylist.add(session_id)


ROUTES: tuple[Any, ...] = (
    list_assets,
    get_asset,
    change_asset,
    delete_asset,
    cancel_asset,
    retry_asset,
    list_grants,
    grant_asset,
    withdraw_grant,
)
