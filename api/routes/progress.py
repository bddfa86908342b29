"""How far an asset is: as JSON once, or as server-sent events until it is ready or has ended otherwise."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from api.access import related, stated
from api.auth import actor_of, signed_in_until
from api.services import Injected, Services
from api.wire import Failure, HttpRequest, View, not_found
from db.models import AssetState
from db.queries.media import Progress, asset_progress
from domain import playback
from domain.policies import Scope

KEEP_ALIVE_S = 15.0
"""Below the idle timeouts of common proxies (nginx: 60 s)."""

_ENDED = frozenset({AssetState.READY, AssetState.FAILED, AssetState.CANCELLED})


class ProgressView(View):
    """How far an asset is. `percent`: 0 to 100; `etaS`: seconds until it is ready; `queuePosition`: 1 is next."""

    state: str
    stage: str
    percent: float
    eta_s: float | None
    queue_position: int | None
    playable: bool
    error: Failure | None


def _view(progress: Progress) -> ProgressView:
    error = Failure(code=progress.error_code, message=progress.error_message or "") if progress.error_code else None
    return ProgressView(
        state=progress.state.value,
        stage=progress.stage,
        percent=progress.percent,
        eta_s=progress.eta_s,
        queue_position=progress.queue_position,
        playable=progress.playable,
        error=error,
    )


def _event(progress: Progress) -> bytes:
    return b"event: progress\ndata: " + msgspec.json.encode(_view(progress)) + b"\n\n"


async def _events(services: Services, asset_id: UUID, until_s: float) -> AsyncIterator[bytes]:
    # Clients that reconnect by themselves wait this long.
    yield b"retry: 2000\n\n"
    async with aclosing(services.progress.watch(asset_id, keep_alive_s=KEEP_ALIVE_S, until_s=until_s)) as states:
        async for progress in states:
            if progress is None:
                yield b": still here\n\n"
                continue
            yield _event(progress)
            if progress.state in _ENDED:
                return


@get(
    "/assets/{asset_id:uuid}/progress",
    operation_id="getAssetProgress",
    tags=["Assets"],
    summary="How far it is",
    **stated(related("asset.watch", Scope.MEDIA_READ), success=ProgressView, streams=True),
)
async def progress(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> Response[ProgressView] | Stream:
    """With `Accept: text/event-stream`, events named `progress` carry this object whenever it changes.

    The stream ends once the asset is ready, failed or cancelled, and with the access token: connect again with a new one.
    """
    async with services.sessions() as session:
        await playback.visible_asset(session, actor_of(request), asset_id)
        now = await asset_progress(session, asset_id)
    if now is None:
        raise not_found("asset")
    if request.accept.best_match(["application/json", "text/event-stream"]) != "text/event-stream":
        return Response(_view(now))
    until_s = (signed_in_until(request) - services.clock()).total_seconds()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_events(services, asset_id, until_s), media_type="text/event-stream", headers=headers)


ROUTES = (progress,)
