"""Products; the DDL stands beside this file."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # asyncpg takes one statement at a time.
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement)
