"""Who is enrolled in what, and the entitlements that let them in."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, Moment


class Enrolment(Base):
    """A learner in a course: one row for ever; whether they may see it is said by entitlements."""

    __tablename__ = "enrolments"
    id: Mapped[Id]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
    """Drip counts from here."""
    ended_at: Mapped[Moment | None]
    """Left, or was taken out."""
    completed_at: Mapped[Moment | None]

    __table_args__ = (Index("uq_enrolments_course_user", "course_id", "user_id", unique=True),)


class Entitlement(Base):
    """A reason why a user may see a course: where it comes from, and until when it holds."""

    __tablename__ = "entitlements"
    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(16))
    source_id: Mapped[UUID | None]
    """The order or subscription behind it."""
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    starts_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    ends_at: Mapped[Moment | None]
    """None: for good."""
    revoked_at: Mapped[Moment | None]
    revoke_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("source IN ('free','grant','purchase','subscription')", name="known_source"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        Index("ix_entitlements_user_course", "user_id", "course_id"),
        # One of a kind at a time: who asks twice gets the same.
        Index(
            "uq_entitlements_open",
            *("user_id", "course_id", "source", text("coalesce(source_id, '00000000-0000-0000-0000-000000000000'::uuid)")),
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )
