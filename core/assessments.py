"""Quizzes and assignments as values that several layers speak."""

from enum import StrEnum


class QuestionKind(StrEnum):
    """Kinds of question."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    SHORT_TEXT = "short_text"
    NUMERIC = "numeric"
    MATCHING = "matching"
    ORDERING = "ordering"
    ESSAY = "essay"
