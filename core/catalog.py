"""Courses as values that several layers speak."""

from collections.abc import Iterable
from enum import StrEnum


class CourseState(StrEnum):
    """States of a course; drawn in docs/states.md."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class CourseLevel(StrEnum):
    """Whom a course is for."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"
    ALL = "all"


class LessonKind(StrEnum):
    """What a lesson is made of."""

    VIDEO = "video"
    TEXT = "text"
    FILE = "file"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"


class Permission(StrEnum):
    """What a co-instructor may do in a course; its owner and admins may do everything."""

    EDIT = "edit"
    """Change the course, its curriculum, quizzes, assignments and files."""
    PUBLISH = "publish"
    """Submit for review, archive, bring back."""
    ENROL = "enrol"
    """See who is enrolled, grant and end enrolments."""
    GRADE = "grade"
    """Mark what learners hand in."""


class CourseAction(StrEnum):
    """What moves a course from one state to another."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    PUBLISH = "publish"
    ARCHIVE = "archive"
    RESTORE = "restore"


MOVES = {
    (CourseState.DRAFT, CourseAction.SUBMIT): CourseState.IN_REVIEW,
    (CourseState.IN_REVIEW, CourseAction.APPROVE): CourseState.PUBLISHED,
    (CourseState.IN_REVIEW, CourseAction.REJECT): CourseState.DRAFT,
    (CourseState.DRAFT, CourseAction.PUBLISH): CourseState.PUBLISHED,
    (CourseState.IN_REVIEW, CourseAction.PUBLISH): CourseState.PUBLISHED,
    (CourseState.PUBLISHED, CourseAction.ARCHIVE): CourseState.ARCHIVED,
    (CourseState.ARCHIVED, CourseAction.RESTORE): CourseState.PUBLISHED,
}
"""Every move there is; drawn in docs/states.md."""


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """One spelling for each, so that a filter finds them all."""
    return list(dict.fromkeys(tidy for tag in tags if (tidy := tag.strip().casefold()[:40])))
