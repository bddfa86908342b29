"""Brings a database to the newest schema; the revisions live in db/migrations."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.config import Config


def alembic_config(database_url: str) -> Config:
    """The Alembic configuration for `database_url`, made here because the address is never in a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str) -> None:
    """Apply every missing revision, in one transaction and under a lock: processes that start together take turns."""
    config = alembic_config(database_url)
    if _loop_is_running():
        # env.py brings its own event loop, and a thread can run only one.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(command.upgrade, config, "head").result()
    else:
        command.upgrade(config, "head")


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
