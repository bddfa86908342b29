"""Where a verb finds the platform that it is about, and short transactions on its database."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError
from core.settings import Settings, load_settings
from db.redis import BriefRedis
from db.session import make_engine, make_session_factory
from ops.embedded.platform import ENV_FILE

T = TypeVar("T")


def platform_settings(data_dir: Path) -> Settings:
    """Settings from the environment, else those of the platform that runs on `data_dir`."""
    if "AULA_DATABASE_URL" not in os.environ:
        try:
            os.environ.update(json.loads((data_dir / ENV_FILE).read_text()))
        except FileNotFoundError:
            advice = "start one with `aula up`, name its directory with --data, or set AULA_DATABASE_URL"
            raise AulaError("cli.no_platform", f"No platform runs on {data_dir}: {advice}.") from None
    return load_settings()


def transact(settings: Settings, use: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Run `use` in one transaction on an event loop of its own. Raises AulaError when the database can't be reached."""

    async def work() -> T:
        engine = make_engine(settings.database, application_name="aula-cli", profile="api")
        try:
            async with make_session_factory(engine, BriefRedis(settings.redis.redis_url))() as session, session.begin():
                return await use(session)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(work())
    except (SQLAlchemyError, OSError) as error:
        raise AulaError("cli.database", f"The database did not do it: {error}") from error
