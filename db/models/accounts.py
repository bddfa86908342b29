"""Accounts: users, their sessions and tokens, second factors, keys for scripts, identities elsewhere."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, Moment


class User(Base):
    """A person with roles (learner, instructor, admin, operator) and at least one way to sign in."""

    __tablename__ = "users"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254))
    """After deletion an address that nobody has; rows that money refers to stay."""
    email_verified_at: Mapped[Moment | None]
    password_hash: Mapped[str | None] = mapped_column(Text)
    """None: signs in elsewhere only."""
    display_name: Mapped[str] = mapped_column(String(120))
    headline: Mapped[str] = mapped_column(String(200), server_default="")
    biography: Mapped[str] = mapped_column(Text, server_default="")
    language: Mapped[str] = mapped_column(String(35), server_default="en")
    """BCP 47; of mail to this person."""
    time_zone: Mapped[str] = mapped_column(String(64), server_default="UTC")
    avatar_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL", use_alter=True))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Encrypted; it counts once `totp_enabled_at` is set."""
    totp_enabled_at: Mapped[Moment | None]
    totp_last_step: Mapped[int | None]
    """The time step of the last code that was taken: no code works twice."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())
    disabled_at: Mapped[Moment | None]
    """Suspended by an admin."""
    disabled_reason: Mapped[str | None] = mapped_column(String(500))
    deleted_at: Mapped[Moment | None]
    """Anonymised."""

    __table_args__ = (
        Index("uq_users_email_lower", func.lower(email), unique=True),
        CheckConstraint("roles <@ ARRAY['learner','instructor','admin','operator']", name="known_roles"),
        CheckConstraint("totp_enabled_at IS NULL OR totp_secret IS NOT NULL", name="totp_has_secret"),
    )


class UserSession(Base):
    """One sign-in on one device; a family of refresh tokens belongs to it. Access ends when it does."""

    __tablename__ = "user_sessions"
    id: Mapped[Id]
    """Also the family id of its refresh tokens; access tokens carry it as `sid`."""
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user_agent: Mapped[str] = mapped_column(String(300), server_default="")
    address: Mapped[str] = mapped_column(String(64), server_default="")
    method: Mapped[str] = mapped_column(String(16), server_default="password")
    """How it began: password, totp, oidc, impersonation."""
    impersonator_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """The admin who looks through this account's eyes."""
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[Moment] = mapped_column(server_default=func.now())
    expires_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    end_reason: Mapped[str | None] = mapped_column(String(32))
    """signed_out, revoked, reused_token, password_changed, suspended, deleted."""

    __table_args__ = (CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_reason"),)


class RefreshToken(Base):
    """One link in a family of rotating refresh tokens; only the hash is kept."""

    __tablename__ = "refresh_tokens"
    id: Mapped[Id]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("user_sessions.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class OneTimeToken(Base):
    """What a link in a mail carries: it works once, for one purpose, for a short time; only the hash is kept."""

    __tablename__ = "one_time_tokens"
    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    """The address that it was sent to, which it proves."""
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]

    __table_args__ = (CheckConstraint("purpose IN ('verify_email','reset_password')", name="known_purpose"),)


class RecoveryCode(Base):
    """A code for the day the second factor is lost; works once."""

    __tablename__ = "recovery_codes"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[CreatedAt]
    used_at: Mapped[Moment | None]


class ApiKey(Base):
    """A key for scripts: hashed, with scopes; its first characters name it."""

    __tablename__ = "api_keys"
    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(16))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment | None]
    last_used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]


class Identity(Base):
    """Who a user is at an OpenID Connect provider."""

    __tablename__ = "identities"
    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[Moment | None]
