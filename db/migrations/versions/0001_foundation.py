"""Foundation: accounts, media and the job engine; the DDL stands beside this file as SQL."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every type, table and index."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # asyncpg takes one statement at a time.
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement)
