"""Accounts: users and their refresh tokens."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, Moment


class User(Base):
    """A person with a password and roles (learner, instructor, admin, operator)."""

    __tablename__ = "users"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(String(120))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]
    disabled_at: Mapped[Moment | None]

    __table_args__ = (
        Index("uq_users_email_lower", func.lower(email), unique=True),
        CheckConstraint("roles <@ ARRAY['learner','instructor','admin','operator']", name="known_roles"),
    )


class RefreshToken(Base):
    """One link in a family of rotating refresh tokens; only the hash is kept."""

    __tablename__ = "refresh_tokens"
    id: Mapped[Id]
    family_id: Mapped[UUID] = mapped_column(index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]
