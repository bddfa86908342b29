"""Fixtures of the gateways' tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.mail_server import MailServer


@pytest.fixture
async def mail_server(tmp_path: Path) -> AsyncIterator[MailServer]:
    """A mail server with STARTTLS and an account."""
    server = MailServer(tmp_path)
    await server.start()
    yield server
    await server.stop()
