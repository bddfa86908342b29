"""Pauses: jobs within a scope are neither dispatched nor claimed while the row stands; running ones go on."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.jobs import PauseScope
from db.jobs.locks import wake


class PauseInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One standing pause."""

    id: UUID
    scope: PauseScope
    value: str
    reason: str
    created_at: datetime


_PAUSE = text("""
    INSERT INTO pauses (id, scope, value, reason) VALUES (:id, CAST(:scope AS pause_scope), :value, :reason)
    ON CONFLICT (scope, value) DO NOTHING
""")
_RESUME = text("DELETE FROM pauses WHERE scope = CAST(:scope AS pause_scope) AND value = :value RETURNING id")
_LIST = text("SELECT id, scope::text AS scope, value, reason, created_at FROM pauses ORDER BY scope, value")


async def pause(session: AsyncSession, scope: PauseScope, value: str, reason: str = "") -> None:
    """Hold back jobs of a queue, a kind, an owner or a pipeline (`value`: its name or id). Pausing twice is pausing once."""
    await session.execute(_PAUSE, {"id": new_id(), "scope": scope.value, "value": value, "reason": reason})


async def resume(session: AsyncSession, scope: PauseScope, value: str) -> bool:
    """Let them go again; False when there was no such pause."""
    removed = (await session.execute(_RESUME, {"scope": scope.value, "value": value})).scalars().all()
    wake(session)
    return bool(removed)


async def list_pauses(session: AsyncSession) -> list[PauseInfo]:
    """All standing pauses."""
    rows = (await session.execute(_LIST)).mappings()
    return [PauseInfo(**{**row, "scope": PauseScope(row["scope"])}) for row in rows]
