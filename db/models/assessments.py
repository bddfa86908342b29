"""Quizzes, their questions, and assignments, as their authors write them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Numeric, String, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.assessments import QuestionKind
from db.models.base import Base, CreatedAt, Id, Json, Moment


class Quiz(Base):
    """A set of questions with rules for taking it."""

    __tablename__ = "quizzes"
    id: Mapped[Id]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    instructions: Mapped[str] = mapped_column(Text, server_default="")
    """Markdown."""
    rules: Mapped[Json] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """`core.assessments.QuizRules`: time limit, attempts, shuffling, pools, pass mark, when answers are shown."""
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())


class Question(Base):
    """One question of a quiz."""

    __tablename__ = "questions"
    id: Mapped[Id]
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes.id", ondelete="CASCADE"))
    position: Mapped[str] = mapped_column(String(120, collation="C"))
    """Fractional key."""
    kind: Mapped[QuestionKind] = mapped_column(
        Enum(QuestionKind, name="question_kind", values_callable=lambda kinds: [kind.value for kind in kinds])
    )
    prompt: Mapped[str] = mapped_column(Text)
    """Markdown."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """One of the structs in `core.assessments`, by `kind`: choices, answers, tolerance, pairs."""
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2), server_default="1")
    penalty: Mapped[Decimal] = mapped_column(Numeric(8, 2), server_default="0")
    """Taken off for a wrong answer."""
    pool: Mapped[str | None] = mapped_column(String(40))
    """Of the questions in a pool, so many are asked as the quiz's rules say."""
    feedback: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    at_s: Mapped[float | None]
    """The moment of the lesson's video at which it is asked."""
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("uq_questions_position", "quiz_id", "position", unique=True),
        CheckConstraint("points >= 0 AND penalty >= 0", name="marks"),
        CheckConstraint("at_s >= 0", name="moment"),
    )


class Assignment(Base):
    """Work to hand in, as text or as files."""

    __tablename__ = "assignments"
    id: Mapped[Id]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    instructions: Mapped[str] = mapped_column(Text, server_default="")
    """Markdown."""
    takes: Mapped[str] = mapped_column(String(8), server_default="both")
    max_files: Mapped[int] = mapped_column(server_default="5")
    max_points: Mapped[Decimal] = mapped_column(Numeric(8, 2), server_default="100")
    rubric: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """`core.assessments.Criterion`, in order."""
    due_at: Mapped[Moment | None]
    due_days: Mapped[int | None]
    """Days after enrolment, in place of a date."""
    late: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """`core.assessments.LatePolicy`."""
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("takes IN ('text','file','both')", name="known_form"),
        CheckConstraint("due_at IS NULL OR due_days IS NULL", name="one_due_date"),
        CheckConstraint("max_points > 0", name="points"),
    )
