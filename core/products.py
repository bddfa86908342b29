"""Products as values that several layers speak."""

from enum import StrEnum


class ProductKind(StrEnum):
    """What is sold."""

    COURSE = "course"
    BUNDLE = "bundle"
    PLAN = "plan"
    OTHER = "other"
