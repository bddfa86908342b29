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
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """`core.media.AssetOptions`."""
    chapters: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """`core.media.Chapter`, in order."""
    poster_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"))
    """The owner's choice instead of the version's own poster."""
    watched: Mapped[int] = mapped_column(server_default="0")
    """Playback sessions so far."""
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
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    """What it becomes: a video or sound, or ..."""
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    """... a file of a lesson."""
    key: Mapped[str] = mapped_column(Text)
    length: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, server_default="0")
    storage_state: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """What the storage adapter needs to go on (the id of a multipart upload)."""
    upload_metadata: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    inspected_at: Mapped[Moment | None]
    """Since when the head is being worked on, before the last byte has arrived."""
    completed_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint('"offset" >= 0 AND "offset" <= length', name="offset_within_length"),
        CheckConstraint("(asset_id IS NULL) <> (file_id IS NULL)", name="asset_or_file"),
    )


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
    quality: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the per-title probe found."""
    loudness: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """`core.media.Loudness` by the name of the sound, once it is settled."""
    content_key: Mapped[bytes | None]
    """AES-128 key of an encrypted version, 16 bytes."""
    download_key: Mapped[str | None] = mapped_column(Text)
    """Storage key of the one MP4."""
    created_at: Mapped[CreatedAt]
    live_at: Mapped[Moment | None]
    retired_at: Mapped[Moment | None]

    __table_args__ = (Index("uq_versions_one_live", "asset_id", unique=True, postgresql_where=text("state = 'live'")),)


class Track(Base):
    """A rung, a sound or a language of a version. Its init segment is named by content, so equal inits are one object."""

    __tablename__ = "tracks"
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    init_name: Mapped[str | None] = mapped_column(String(80))
    init_sha256: Mapped[str | None] = mapped_column(String(64))
    codecs: Mapped[str | None] = mapped_column(String(80))
    timescale: Mapped[int | None]
    core: Mapped[bool] = mapped_column(server_default=text("true"))
    """The asset is not ready without it."""
    language: Mapped[str | None] = mapped_column(String(35))
    label: Mapped[str | None] = mapped_column(String(200))
    listed_at: Mapped[Moment | None]
    """Since when players are told of it."""
    complete_at: Mapped[Moment | None]

    __table_args__ = (CheckConstraint("kind IN ('video','audio','text')", name="known_kind"),)


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


class Caption(Base):
    """The captions of an asset in one language, as WebVTT."""

    __tablename__ = "captions"
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    """BCP 47."""
    label: Mapped[str] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(String(16))
    vtt: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    __table_args__ = (CheckConstraint("origin IN ('upload','embedded','automatic')", name="known_origin"),)


class PictureState(StrEnum):
    """States of an uploaded picture."""

    UPLOADED = "uploaded"
    READY = "ready"
    FAILED = "failed"


class Picture(Base):
    """An uploaded picture (a poster; later an avatar, a cover): a job renders it anew before anybody sees it."""

    __tablename__ = "pictures"
    id: Mapped[Id]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    """Of what: an asset, a user, a course."""
    state: Mapped[PictureState] = mapped_column(_enum(PictureState, "picture_state"))
    original_key: Mapped[str | None] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """`core.media.PictureFile`."""
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]


class Campaign(Base):
    """A re-encode of many assets, in the background."""

    __tablename__ = "campaigns"
    id: Mapped[Id]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    profile: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(200))
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    cursor: Mapped[UUID | None]
    """The last asset that was taken."""
    started: Mapped[int] = mapped_column(server_default="0")
    """How many re-encodes it has begun."""
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[Moment | None]


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
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """None: a preview, watched by whoever knows the id, which is random then."""
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("versions.id", ondelete="SET NULL"), index=True)
    """What it plays, to its end: a new version does not break it."""
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id", ondelete="SET NULL"), index=True)
    """The lesson that it was begun for: renewals ask for the right to see that."""
    created_at: Mapped[CreatedAt]
    renewed_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]

    __table_args__ = (Index("ix_playback_sessions_revoked", "revoked_at", postgresql_where=text("revoked_at IS NOT NULL")),)
