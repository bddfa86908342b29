"""The catalogue: courses, modules, lessons, who teaches them, and what they were before."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index, String, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.catalog import CourseLevel, CourseState, LessonKind
from db.models.base import Base, CreatedAt, Id, Moment


def _enum(kind: type[Any], name: str) -> Enum:
    return Enum(kind, name=name, values_callable=lambda e: [m.value for m in e])


class Course(Base):
    """A course."""

    __tablename__ = "courses"
    id: Mapped[Id]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    """Lower case, digits and hyphens; part of its page's address."""
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), server_default="")
    description: Mapped[str] = mapped_column(Text, server_default="")
    """Markdown."""
    language: Mapped[str] = mapped_column(String(35), server_default="en")
    """BCP 47."""
    level: Mapped[CourseLevel] = mapped_column(_enum(CourseLevel, "course_level"), server_default="all")
    category: Mapped[str] = mapped_column(String(80), server_default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    outcomes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """What learners will be able to do, one sentence each."""
    price_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """In minor units of `currency`; 0: free."""
    currency: Mapped[str] = mapped_column(String(3), server_default="USD")
    """ISO 4217."""
    cover_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"))
    lesson_count: Mapped[int] = mapped_column(server_default="0")
    """As `duration_s`, counted anew by `domain.courses.changed`: lists would be slow to count for each course."""
    duration_s: Mapped[int] = mapped_column(server_default="0")
    """How long its videos are, and what its authors reckon for the rest."""
    state: Mapped[CourseState] = mapped_column(_enum(CourseState, "course_state"), server_default="draft")
    review_note: Mapped[str | None] = mapped_column(Text)
    """What the last reviewer said."""
    revision: Mapped[int] = mapped_column(server_default="1")
    """Counts changes of the course and of all that belongs to it; its ETag."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())
    submitted_at: Mapped[Moment | None]
    published_at: Mapped[Moment | None]
    """When it was first published."""
    archived_at: Mapped[Moment | None]
    taken_down_reason: Mapped[str | None] = mapped_column(String(500))
    """Why an admin archived it; only an admin brings it back then."""

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_has_time"),
        CheckConstraint("(state = 'archived') = (archived_at IS NOT NULL)", name="archived_has_time"),
        CheckConstraint("taken_down_reason IS NULL OR state = 'archived'", name="taken_down_is_archived"),
        # Pages of the public catalogue, newest first or by title, whole and by what people filter on.
        Index("ix_courses_published", "published_at", "id", postgresql_where=text("state = 'published'")),
        Index("ix_courses_category", "category", "published_at", "id", postgresql_where=text("state = 'published'")),
        Index("ix_courses_title", func.lower(title), "id", postgresql_where=text("state = 'published'")),
        Index("ix_courses_tags", "tags", postgresql_using="gin"),
        Index("ix_courses_state", "state", "id"),
    )


class Module(Base):
    """A chapter of a course."""

    __tablename__ = "modules"
    id: Mapped[Id]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), server_default="")
    position: Mapped[str] = mapped_column(String(120, collation="C"))
    """Fractional key."""
    opens_at: Mapped[Moment | None]
    opens_after_days: Mapped[int | None]
    """Days after enrolment."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        Index("uq_modules_position", "course_id", "position", unique=True),
        CheckConstraint("opens_at IS NULL OR opens_after_days IS NULL", name="one_opening"),
        CheckConstraint("opens_after_days >= 0", name="opening"),
    )


class Lesson(Base):
    """A lesson of a module; what it is made of depends on its kind."""

    __tablename__ = "lessons"
    id: Mapped[Id]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    module_id: Mapped[UUID] = mapped_column(ForeignKey("modules.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[LessonKind] = mapped_column(_enum(LessonKind, "lesson_kind"))
    position: Mapped[str] = mapped_column(String(120, collation="C"))
    """Fractional key."""
    body: Mapped[str] = mapped_column(Text, server_default="")
    """Markdown: the lesson itself, or notes beside it."""
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"), index=True)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id", ondelete="SET NULL"), index=True)
    quiz_id: Mapped[UUID | None] = mapped_column(ForeignKey("quizzes.id", ondelete="SET NULL"), index=True)
    """The quiz; of a video lesson, the questions at its moments."""
    assignment_id: Mapped[UUID | None] = mapped_column(ForeignKey("assignments.id", ondelete="SET NULL"), index=True)
    preview: Mapped[bool] = mapped_column(server_default="false")
    """Anyone may see it."""
    opens_at: Mapped[Moment | None]
    opens_after_days: Mapped[int | None]
    """Days after enrolment; both besides what the module says."""
    minutes: Mapped[int | None]
    """What it takes, as its author reckons; videos know theirs."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        Index("uq_lessons_position", "module_id", "position", unique=True),
        CheckConstraint("opens_at IS NULL OR opens_after_days IS NULL", name="one_opening"),
        CheckConstraint("opens_after_days >= 0", name="opening"),
        CheckConstraint("asset_id IS NULL OR kind = 'video'", name="asset_of_video"),
        CheckConstraint("file_id IS NULL OR kind = 'file'", name="file_of_file"),
        CheckConstraint("quiz_id IS NULL OR kind IN ('quiz','video')", name="quiz_of_quiz"),
        CheckConstraint("assignment_id IS NULL OR kind = 'assignment'", name="assignment_of_assignment"),
    )


class CoursePrerequisite(Base):
    """`required_id` has to be completed before one may enrol in `course_id`."""

    __tablename__ = "course_prerequisites"
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    required_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True, index=True)

    __table_args__ = (CheckConstraint("course_id <> required_id", name="not_itself"),)


class LessonPrerequisite(Base):
    """`required_id` has to be completed before `lesson_id` opens; both belong to one course."""

    __tablename__ = "lesson_prerequisites"
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True)
    required_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True, index=True)

    __table_args__ = (CheckConstraint("lesson_id <> required_id", name="not_itself"),)


class CourseInstructor(Base):
    """A co-instructor and what they may do."""

    __tablename__ = "course_instructors"
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """`core.catalog.Permission`."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (CheckConstraint("permissions <@ ARRAY['edit','publish','enrol','grade']", name="known_permissions"),)


class CourseRevision(Base):
    """What a course was at a moment that mattered: submitted, published, restored, or kept by hand."""

    __tablename__ = "course_revisions"
    id: Mapped[Id]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    number: Mapped[int]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The course as the archive writes it."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (Index("uq_course_revisions_number", "course_id", "number", unique=True),)
