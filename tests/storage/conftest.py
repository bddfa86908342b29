"""Each adapter, ready to be held to the port."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from core.settings import StorageSettings
from storage import open_storage
from storage.base import Storage
from tests.support.s3 import S3Server, running_s3


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """One server per process; tests take a prefix each."""
    with running_s3() as server:
        yield server


@pytest.fixture(params=["local", "s3"])
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty storage, of each kind in turn."""
    if request.param == "local":
        return f"file://{tmp_path / 'objects'}"
    server: S3Server = request.getfixturevalue("s3_server")
    return server.url(f"t/{uuid4().hex}")


@pytest.fixture
def store(storage_url: str) -> Storage:
    """An empty storage, of each kind in turn."""
    return open_storage(StorageSettings(storage_url=storage_url))
