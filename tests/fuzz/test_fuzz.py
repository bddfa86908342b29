"""What is generated from the API's own document finds no answer that the document does not tell of, and nothing that breaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import Settings
from tests.fuzz.run import Extent, fuzz
from tests.support.api_server import ApiServer

ROLES = ("anonymous", "learner", "instructor", "operator", "admin")
SHORT = Extent(examples=2, phases="examples,fuzzing,stateful")
# Thousands of cases at the bounds of each schema, as somebody who gets past every guard.
BOUNDS = Extent(examples=2)
FULL = Extent(examples=60)


@pytest.fixture
def server(settings: Settings, engine: AsyncEngine) -> Iterator[ApiServer]:
    """The API on an empty database, in a process of its own."""
    server = ApiServer(settings)
    server.start()
    yield server
    server.close()


def _run(server: ApiServer, settings: Settings, role: str, extent: Extent, folder: Path) -> None:
    log = folder / "schemathesis.log"
    status = fuzz(server.url, settings.database.database_url, role, extent, log)
    told = log.read_text(errors="replace")
    assert status == 0, told[-20_000:]
    assert "Tested:" in told, told[-2_000:]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_unexpected_comes_back(server: ApiServer, settings: Settings, role: str, tmp_path: Path) -> None:
    _run(server, settings, role, BOUNDS if role == "admin" else SHORT, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("role", ROLES)
def test_nothing_unexpected_comes_back_however_often_it_is_tried(
    server: ApiServer, settings: Settings, role: str, tmp_path: Path
) -> None:
    _run(server, settings, role, FULL, tmp_path)
