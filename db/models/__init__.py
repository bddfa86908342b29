"""ORM models; importing this package registers every table on `Base.metadata`."""

from db.models.accounts import RefreshToken, User
from db.models.base import Base
from db.models.jobs import Job, JobEdge, Pause, Pipeline, Schedule, Worker
from db.models.media import (
    Asset,
    AssetState,
    Campaign,
    Caption,
    Grant,
    PartRow,
    Picture,
    PictureState,
    PlaybackSession,
    Track,
    Upload,
    Version,
    VersionState,
)

__all__ = [
    "Asset",
    "AssetState",
    "Base",
    "Campaign",
    "Caption",
    "Grant",
    "Job",
    "JobEdge",
    "PartRow",
    "Pause",
    "Picture",
    "PictureState",
    "Pipeline",
    "PlaybackSession",
    "RefreshToken",
    "Schedule",
    "Track",
    "Upload",
    "User",
    "Version",
    "VersionState",
    "Worker",
]
