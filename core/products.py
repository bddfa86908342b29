"""Products as values that several layers speak."""

from enum import StrEnum

DEFAULT_CURRENCY = "USD"
"""Of products that name none."""


class ProductKind(StrEnum):
    """What is sold."""

    COURSE = "course"
    BUNDLE = "bundle"
    PLAN = "plan"
    OTHER = "other"


class Interval(StrEnum):
    """How often a plan is charged."""

    MONTH = "month"
    YEAR = "year"
