"""The audit log: who did what to whom, for admins."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import QueryParameter

from api.access import ADMINS, stated
from api.paging import Cursor, Limit, page
from api.services import Injected
from api.wire import Page, View
from core.errors import Refused
from db.models import AuditEntry
from db.queries import audit as queries

_WORD = r"^[a-z]+(_[a-z]+)*$(?!\n)"
_ACTION = r"^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+$(?!\n)"

ActorId = Annotated[UUID | None, QueryParameter(name="actorId", description="Only what this account did.")]
SubjectType = Annotated[
    str | None, QueryParameter(name="subjectType", pattern=_WORD, max_length=40, description="`user`, `course`, ...")
]
SubjectId = Annotated[UUID | None, QueryParameter(name="subjectId", description="Only what was done to this.")]
Action = Annotated[
    str | None, QueryParameter(name="action", pattern=_ACTION, max_length=80, description="`user.suspended`, ...")
]
# Text at first: what reads times for the framework takes a bare number for one, too.
_TIME = {"format": "date-time"}
Since = Annotated[str | None, QueryParameter(name="from", schema_extra=_TIME, description="Not before this moment.")]
Until = Annotated[str | None, QueryParameter(name="to", schema_extra=_TIME, description="Before this moment.")]


class AuditView(View):
    """One entry. Without an actor the platform itself did it; with an impersonator that admin did, as the actor."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_name: str | None
    impersonator_id: UUID | None
    action: str
    subject_type: str
    subject_id: UUID | None
    request_id: str
    detail: dict[str, Any]


def _view(row: tuple[AuditEntry, str | None]) -> AuditView:
    entry, name = row
    return AuditView(
        id=entry.id,
        at=entry.at,
        actor_id=entry.actor_id,
        actor_name=name,
        impersonator_id=entry.impersonator_id,
        action=entry.action,
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        request_id=entry.request_id,
        detail=entry.detail,
    )


def _moment(text: str | None, field: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper()) if "T" in text.upper() else None
    except ValueError:
        moment = None
    if moment is None:
        errors = [{"field": field, "message": "Not a moment as RFC 3339 writes it."}]
        raise Refused("request.invalid", "The request is not valid.", errors=errors)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@get(
    "/audit",
    operation_id="listAuditEntries",
    tags=["Administration"],
    summary="Who did what",
    **stated(ADMINS),
)
async def list_entries(
    services: Injected,
    actor_id: ActorId = None,
    subject_type: SubjectType = None,
    subject_id: SubjectId = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[AuditView]:
    """Whatever changed rights, money or content, newest first. A time without an offset is UTC. Nothing can be changed here."""
    wanted = queries.Wanted(actor_id, subject_type, subject_id, action, _moment(since, "from"), _moment(until, "to"))
    async with services.sessions() as session:
        rows = await queries.entries(session, wanted, before=cursor, limit=limit + 1)
    return page(rows, limit, _view, lambda row: row[0].id)


ROUTES = (list_entries,)
