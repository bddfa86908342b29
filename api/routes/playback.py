"""Playback sessions: entitlement becomes a signature, by cookie and by path, that is renewed in mid-play."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response, delete, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import related, stated, visible
from api.auth import actor_of, actor_or_none
from api.cookies import cdn_cookies, cleared_stream_cookies, stream_cookies
from api.posters import poster_key
from api.services import Injected, Services
from api.wire import HttpRequest, View
from core.errors import ErrorKind, Refused
from core.media import Stills
from db.queries import playback as queries
from domain import playback as domain
from domain.playback import Admission
from domain.policies import Scope
from storage import keys
from storage.signing import signed_path, stream_path


class PlaybackView(View):
    """What a player needs. `manifestUrl` works with the cookies that come along, `signedManifestUrl` without any.

    `dashUrl` is null while the video grows and where it is encrypted, `downloadUrl` unless the owner lets viewers save it.
    """

    session_id: UUID
    asset_id: UUID
    state: str
    manifest_url: str
    signed_manifest_url: str
    expires_at: datetime
    renew_url: str
    duration_s: float
    poster_url: str | None = None
    storyboard_url: str | None = None
    dash_url: str | None = None
    download_url: str | None = None


def _view(services: Services, admission: Admission, *, dash: bool, poster: str | None) -> tuple[PlaybackView, list[Cookie]]:
    row, asset, version = admission.session, admission.asset, admission.version
    token = services.signer.sign(asset.id, row.id, row.expires_at)
    address = services.cdn.url if services.cdn else stream_path
    master = keys.master(asset.id, version.id)
    stills = msgspec.convert(version.stills, Stills) if version.stills else None
    view = PlaybackView(
        session_id=row.id,
        asset_id=asset.id,
        state=asset.state.value,
        manifest_url=address(master),
        signed_manifest_url=signed_path(token, master),
        expires_at=row.expires_at,
        renew_url=f"/api/v1/playback/{row.id}/renew",
        duration_s=float(version.plan["duration_s"]),
        poster_url=address(poster) if poster else None,
        storyboard_url=address(stills.storyboard_vtt) if stills else None,
        dash_url=stream_path(keys.dash_manifest(asset.id, version.id)) if dash else None,
        download_url=stream_path(version.download_key) if version.download_key else None,
    )
    api = services.settings.api
    cookies = stream_cookies(
        instance_id=api.instance_id,
        public_url=api.public_url,
        asset_id=asset.id,
        token=token,
        expires_at=row.expires_at,
        now=services.clock(),
        domain=services.settings.cdn.cloudfront_cookie_domain,
    )
    if services.cdn:
        cookies += cdn_cookies(
            services.cdn, settings=services.settings, asset_id=asset.id, expires_at=row.expires_at, now=services.clock()
        )
    return view, cookies


async def answer_of(
    services: Services, session: AsyncSession, admission: Admission, *, status_code: int
) -> Response[PlaybackView]:
    """What the player gets for its session, with the cookies that open the stream."""
    dash = await queries.has_manifest(session, admission.version)
    poster = await poster_key(session, admission.asset, admission.version)
    view, cookies = _view(services, admission, dash=dash, poster=poster)
    return Response(view, status_code=status_code, cookies=cookies)


@post(
    "/assets/{asset_id:uuid}/playback",
    operation_id="startPlayback",
    tags=["Playback"],
    summary="Begin to watch",
    **stated(related("asset.watch", Scope.MEDIA_WRITE), 409),
)
async def start(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> Response[PlaybackView]:
    """Decide whether the caller may watch, and sign for the asset. 409 `asset.not_playable`: nothing to play yet."""
    life_s = services.settings.playback.playback_life_s
    async with services.sessions.begin() as session:
        media = services.settings.media
        admission = await domain.admit(session, actor_of(request), asset_id, services.clock(), life_s, media)
        return await answer_of(services, session, admission, status_code=201)


@post(
    "/playback/{session_id:uuid}/renew",
    operation_id="renewPlayback",
    tags=["Playback"],
    summary="Go on watching",
    status_code=200,
    **stated(visible("playback.own").with_scope(Scope.MEDIA_READ), 403, 409),
)
async def renew(request: HttpRequest, session_id: FromPath[UUID], services: Injected) -> Response[PlaybackView]:
    """Decide again and sign anew. The session of a preview is anybody's who knows its id.

    403 `playback.ended`: the right to watch has ended.
    """
    life_s = services.settings.playback.playback_life_s
    async with services.sessions.begin() as session:
        admission = await domain.renew(session, actor_or_none(request), session_id, services.clock(), life_s)
        if admission is not None:
            return await answer_of(services, session, admission, status_code=200)
    services.denylist.add(session_id)
    raise Refused("playback.ended", "You may no longer watch this.", kind=ErrorKind.FORBIDDEN)


@delete(
    "/playback/{session_id:uuid}",
    operation_id="endPlayback",
    tags=["Playback"],
    summary="Stop watching",
    **stated(visible("playback.own").with_scope(Scope.MEDIA_READ)),
)
async def end(request: HttpRequest, session_id: FromPath[UUID], services: Injected) -> Response[None]:
    """Revoke the session's signatures before they expire."""
    async with services.sessions.begin() as session:
        row = await domain.end(session, actor_or_none(request), session_id, services.clock())
    services.denylist.add(session_id)
    api = services.settings.api
    cookies = cleared_stream_cookies(
        instance_id=api.instance_id,
        public_url=api.public_url,
        asset_id=row.asset_id,
        domain=services.settings.cdn.cloudfront_cookie_domain,
    )
    return Response(None, cookies=cookies)


ROUTES = (start, renew, end)
