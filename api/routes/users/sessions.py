"""Where an account is signed in, and the end of that."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from litestar import delete, get
from litestar.params import FromPath

from api.access import SIGNED_IN, related, stated
from api.auth import actor_of
from api.paging import Cursor, Limit, page
from api.services import Injected
from api.wire import HttpRequest, Page, View
from db.models import UserSession
from db.queries import sessions as queries
from domain import sessions as domain
from domain.devices import device_name
from domain.policies import Actor


class DeviceView(View):
    """One sign-in on one device."""

    id: UUID
    current: bool
    """It is the one that asks."""
    device: str
    """For people: `Firefox on Linux`."""
    user_agent: str
    address: str
    method: str
    """How it began: `password`, `totp`, `oidc` or `impersonation`."""
    impersonated_by: UUID | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def _view(actor: Actor) -> Callable[[UserSession], DeviceView]:
    def view(row: UserSession) -> DeviceView:
        return DeviceView(
            id=row.id,
            current=row.id == actor.session_id,
            device=device_name(row.user_agent),
            user_agent=row.user_agent,
            address=row.address,
            method=row.method,
            impersonated_by=row.impersonator_id,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
        )

    return view


@get(
    "/users/me/sessions",
    operation_id="listMySessions",
    tags=["Users"],
    summary="Where I am signed in",
    **stated(SIGNED_IN),
)
async def list_sessions(request: HttpRequest, services: Injected, cursor: Cursor = None, limit: Limit = 20) -> Page[DeviceView]:
    """The account's sessions, the latest sign-in first; those that have ended or lain idle too long are left out."""
    actor, now = actor_of(request), services.clock()
    idle = timedelta(seconds=services.settings.api.refresh_token_idle_s)
    async with services.sessions() as session:
        rows = await queries.running(session, actor.id, now=now, seen_after=now - idle, before=cursor, limit=limit + 1)
    return page(rows, limit, _view(actor), lambda row: row.id)


@delete(
    "/users/me/sessions/{session_id:uuid}",
    operation_id="endMySession",
    tags=["Users"],
    summary="Sign out one device",
    **stated(related("session.own")),
)
async def end_session(request: HttpRequest, session_id: FromPath[UUID], services: Injected) -> None:
    """End one of the account's sessions; its access token ends with it."""
    async with services.sessions.begin() as session:
        await domain.end_one(session, actor_of(request), session_id, services.clock())


ROUTES = (list_sessions, end_session)
