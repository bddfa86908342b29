"""The audit log: who did what to whom. Entries are written with the fact itself, in its transaction, and never changed."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AuditEntry
from domain.policies import Actor


async def note(
    session: AsyncSession, actor: Actor | None, action: str, subject_type: str, subject_id: UUID | None = None, **detail: Any
) -> None:
    """Keep that `actor` (None: the platform itself) did `action` (`course.published`); `detail` is kept as JSON, no secrets."""
    session.add(
        AuditEntry(
            actor_id=actor.id if actor else None,
            impersonator_id=actor.impersonator_id if actor else None,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
            detail=detail,
        )
    )
