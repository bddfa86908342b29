"""Lines of the log are JSON of one form, by whichever way they are written."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.logging import configure_logging, get_logger, log_brief


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Logging is the same again afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_the_brief_way_and_the_long_one_write_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    get_logger("api.access").info("request", method="GET", status=200)
    log_brief("api.access", logging.INFO, "request", method="GET", status=200)
    long, brief = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert long.keys() == brief.keys()
    assert long["timestamp"][:10] == brief["timestamp"][:10]
    assert long["timestamp"][-1] == brief["timestamp"][-1] == "Z"
    assert {**long, "timestamp": ""} == {**brief, "timestamp": ""}


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("WARNING")
    log_brief("api.access", logging.INFO, "request")
    assert capsys.readouterr().err == ""
