"""Answers to repeated requests, and the audit log; the DDL stands beside this file."""

from pathlib import Path

from alembic import op

from db.models.gateway import APPEND_ONLY

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # asyncpg takes one statement at a time.
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in APPEND_ONLY:
        op.execute(statement)
