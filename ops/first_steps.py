"""What a new platform gets: an operator's account and a first lecture to look at."""

import asyncio
import tempfile
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from db.queries import assets as queries
from ops import accounts
from ops.demo.lecture.render import render_lecture
from ops.intake import bring_in
from transcoding.tools import find_tools


async def ensure_operator(session: AsyncSession, settings: Settings, password: str) -> UUID:
    """The operator's account, made if it is not there."""
    return await accounts.ensure_operator(session, settings.api, password)


async def has_assets(session: AsyncSession) -> bool:
    """Whether anybody has uploaded anything yet."""
    return await queries.any_exist(session)


def bring_in_lecture(settings: Settings) -> UUID:
    """Render the demo lecture (about 10 s) and upload it as the operator's; returns the asset's id."""
    with tempfile.TemporaryDirectory(prefix="aula-up-") as folder:
        lecture = render_lecture(find_tools(settings.media).ffmpeg, Path(folder) / "lecture.mp4")
        return asyncio.run(bring_in(settings, lecture, accounts.OPERATOR_EMAIL, "A first lecture"))
