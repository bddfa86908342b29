"""Media facts: uploads, assets, their versions, tracks and parts, grants and playback sessions."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, Moment


class AssetState(StrEnum):
    """States of an asset as its owner sees them; drawn in docs/states.md."""

    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    PROCESSING = "processing"
    PLAYABLE = "playable"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VersionState(StrEnum):
    """States of one encoding of an asset."""

    BUILDING = "building"
    LIVE = "live"
    RETIRED = "retired"
    FAILED = "failed"


def _enum(kind: type[StrEnum], name: str) -> Enum:
    return Enum(kind, name=name, values_callable=lambda e: [m.value for m in e])


class Asset(Base):
    """A video or sound that somebody uploaded."""

    __tablename__ = "assets"
    id: Mapped[Id]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(255))
    state: Mapped[AssetState] = mapped_column(_enum(AssetState, "asset_state"))
    original_key: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """`core.media.MediaInfo` of the original."""
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_message: Mapped[str | None] = mapped_column(Text)
    playable_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("versions.id", use_alter=True))
    live_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("versions.id", use_alter=True))
    created_at: Mapped[CreatedAt]
    uploaded_at: Mapped[Moment | None]
    playable_at: Mapped[Moment | None]
    ready_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failure_has_code"),
        CheckConstraint("state <> 'ready' OR live_version_id IS NOT NULL", name="ready_has_version"),
    )


class Upload(Base):
    """A tus upload; its id is a secret. The storage's own count is the truth about the offset, this one a mirror."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text)
    length: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, server_default="0")
    storage_state: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """What the storage adapter needs to go on (the id of a multipart upload)."""
    upload_metadata: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    completed_at: Mapped[Moment | None]

    __table_args__ = (CheckConstraint('"offset" >= 0 AND "offset" <= length', name="offset_within_length"),)


class Version(Base):
    """One encoding of an asset: a plan and what has become of it."""

    __tablename__ = "versions"
    id: Mapped[Id]
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), index=True)
    state: Mapped[VersionState] = mapped_column(_enum(VersionState, "version_state"))
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """`core.media.Plan`."""
    stills: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """`core.media.Stills`."""
    created_at: Mapped[CreatedAt]
    live_at: Mapped[Moment | None]

    __table_args__ = (Index("uq_versions_one_live", "asset_id", unique=True, postgresql_where=text("state = 'live'")),)


class Track(Base):
    """A rung or the audio rendition of a version. Its init segment is named by content, so equal inits are one object."""

    __tablename__ = "tracks"
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    init_name: Mapped[str | None] = mapped_column(String(80))
    init_sha256: Mapped[str | None] = mapped_column(String(64))
    codecs: Mapped[str | None] = mapped_column(String(80))
    complete_at: Mapped[Moment | None]

    __table_args__ = (CheckConstraint("kind IN ('video','audio')", name="known_kind"),)


class PartRow(Base):
    """What the committed attempt made of one chunk for one track (`core.media.Part`)."""

    __tablename__ = "parts"
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    track: Mapped[str] = mapped_column(String(32), primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True)
    segments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    duration_s: Mapped[float]
    size: Mapped[int] = mapped_column(BigInteger)
    frames: Mapped[int]
    created_at: Mapped[CreatedAt]


class Grant(Base):
    """An owner lets a user watch an asset (until there are enrolments)."""

    __tablename__ = "grants"
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    granted_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]


class PlaybackSession(Base):
    """One decision to let one user watch one asset. A revoked session is the deny-list."""

    __tablename__ = "playback_sessions"
    id: Mapped[Id]
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
    renewed_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]

    __table_args__ = (Index("ix_playback_sessions_revoked", "revoked_at", postgresql_where=text("revoked_at IS NOT NULL")),)
