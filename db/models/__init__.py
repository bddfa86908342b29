"""ORM models; importing this package registers every table on `Base.metadata`."""

from db.models.accounts import ApiKey, Identity, OneTimeToken, RecoveryCode, RefreshToken, User, UserSession
from db.models.assessments import Assignment, Question, Quiz
from db.models.base import Base
from db.models.catalog import (
    Course,
    CourseInstructor,
    CoursePrerequisite,
    CourseRevision,
    Lesson,
    LessonPrerequisite,
    Module,
)
from db.models.enrolment import Enrolment, Entitlement
from db.models.files import File
from db.models.gateway import AuditEntry, IdempotencyKey
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
from db.models.messages import Message
from db.models.products import Product, ProductCourse

__all__ = [
    "ApiKey",
    "Asset",
    "AssetState",
    "Assignment",
    "AuditEntry",
    "Base",
    "Campaign",
    "Caption",
    "Course",
    "CourseInstructor",
    "CoursePrerequisite",
    "CourseRevision",
    "Enrolment",
    "Entitlement",
    "File",
    "Grant",
    "IdempotencyKey",
    "Identity",
    "Job",
    "JobEdge",
    "Lesson",
    "LessonPrerequisite",
    "Message",
    "Module",
    "OneTimeToken",
    "PartRow",
    "Pause",
    "Picture",
    "PictureState",
    "Pipeline",
    "PlaybackSession",
    "Product",
    "ProductCourse",
    "Question",
    "Quiz",
    "RecoveryCode",
    "RefreshToken",
    "Schedule",
    "Track",
    "Upload",
    "User",
    "UserSession",
    "Version",
    "VersionState",
    "Worker",
]
