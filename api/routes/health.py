"""What machines ask: is the process alive, can it serve, what does it count."""

import asyncio
import ipaddress

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.access import OPEN, stated
from api.services import Injected
from api.wire import HttpRequest, View, not_found
from core.logging import get_logger
from db.queries.health import ping

_log = get_logger(__name__)


class Health(View):
    """`ok`, or what is missing."""

    status: str
    checks: dict[str, str]


@get("/health/live", operation_id="getLiveness", tags=["Health"], summary="Is the process alive", **stated(OPEN))
async def live() -> Health:
    """Answers as long as the event loop turns; asks nobody else."""
    return Health(status="ok", checks={})


@get("/health/ready", operation_id="getReadiness", tags=["Health"], summary="Can it serve", **stated(OPEN))
async def ready(services: Injected) -> Response[Health]:
    """200 when the database answers and revoked sessions are known, else 503."""
    try:
        async with services.sessions() as session:
            await asyncio.wait_for(ping(session), 2.0)
        database = "ok"
    except Exception as error:  # noqa: BLE001 -- whatever keeps the database from answering, the answer is the same
        _log.warning("database_unreachable", error=type(error).__name__)
        database = "unreachable"
    checks = {"database": database, "denylist": "ok" if services.denylist.known else "unknown"}
    if services.stopping.is_set():
        checks["process"] = "stopping"
    good = all(value == "ok" for value in checks.values())
    return Response(Health(status="ok" if good else "unavailable", checks=checks), status_code=200 if good else 503)


def _is_local(request: HttpRequest) -> bool:
    # Behind a proxy on this machine everybody comes from loopback, but the proxy says so.
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    client = request.scope.get("client")
    if client is None:
        return False
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return client[0] == "testclient"


@get("/metrics", include_in_schema=False, **stated(OPEN))
async def metrics(request: HttpRequest) -> Response[bytes]:
    """Prometheus metrics of this process, for scrapers on this machine."""
    if not _is_local(request):
        raise not_found("request")
    # The framework adds the charset to what is text.
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8"))


ROUTES = (live, ready, metrics)
