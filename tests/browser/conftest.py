"""One platform and one browser for all tests here; each test has people and a browser profile of its own."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.chromium import find_browser, launched
from tests.browser.held import HeldChunks, held_chunks
from tests.browser.media import make_clip
from tests.support.webapp import built
from transcoding.tools import Tools

_QUICK = {
    "AULA_DISPATCH_POLL_S": "0.1",
    "AULA_ARGON2_MEMORY_KIB": "64",
    "AULA_ENCODE_THREADS": "1",
    "AULA_UPLOAD_MAX_BYTES": str(64 * 2**20),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of this folder in one process: they share the platform."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.browser)


# Playwright keeps an event loop running in this thread, which asynchronous tests elsewhere can't share: hence the scope. It
# comes after the platform, which needs that thread's loop to start.
@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    find_browser()
    built()
    with Platform(tmp_path_factory.mktemp("platform"), env=_QUICK) as platform:
        yield platform


@pytest.fixture(scope="package")
def browser(platform: Platform) -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def new_person(platform: Platform) -> Iterator[Callable[[str], Person]]:
    """Registers people: `new_person("Ada")`."""
    made: list[Person] = []

    def register(name: str) -> Person:
        person = Person(platform.base_url, f"{name.lower()}-{secrets.token_hex(4)}@example.org", "a long password", name)
        person.register()
        made.append(person)
        return person

    yield register
    for person in made:
        person.http.close()


@pytest.fixture(scope="session")
def clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 s of 640x360 with sound: two rungs, four chunks."""
    return make_clip(tools, tmp_path_factory.mktemp("clip") / "Lecture 1.mp4", 24)


@pytest.fixture
def held(platform: Platform) -> Iterator[HeldChunks]:
    """Videos uploaded in this test stay at 12 s until the test releases the rest."""
    with held_chunks(platform.env["AULA_DATABASE_URL"]) as held:
        yield held
