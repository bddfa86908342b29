"""What the API keeps for itself: answers to repeated requests, and who did what."""

from typing import Any
from uuid import UUID

from sqlalchemy import DDL, Index, LargeBinary, String, Text, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, Json, Moment


class IdempotencyKey(Base):
    """A request that may be repeated: while it is in flight its row is a lock, afterwards the answer."""

    __tablename__ = "idempotency_keys"
    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    """Whose key: a user's id, or an anonymous caller's address."""
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of method, path and body: another request under the same key is a mistake."""
    created_at: Mapped[CreatedAt]
    locked_until: Mapped[Moment | None]
    """While the first request is being answered."""
    expires_at: Mapped[Moment] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class AuditEntry(Base):
    """Who did what to whom: rights, money and content. Rows are never changed or removed; the database refuses it."""

    __tablename__ = "audit_entries"
    id: Mapped[Id]
    at: Mapped[CreatedAt]
    actor_id: Mapped[UUID | None]
    """None: the platform itself. No foreign key: the entry outlives the account."""
    impersonator_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(80))
    """`user.suspended`, `course.published`: subject type, then what happened."""
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str] = mapped_column(Text, server_default="")
    detail: Mapped[Json]

    __table_args__ = (
        Index("ix_audit_entries_actor_id", "actor_id", "id"),
        Index("ix_audit_entries_subject_id", "subject_id", "id"),
        Index("ix_audit_entries_action", "action", "id"),
    )


APPEND_ONLY = (
    """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_entries is append-only'; END $$""",
    """CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
)

for _statement in APPEND_ONLY:
    event.listen(AuditEntry.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
