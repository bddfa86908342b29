"""A missing browser is a reason to skip for a developer, and a failure in CI."""

import pytest

from tests.browser.chromium import find_browser


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("AULA_TEST_BROWSER", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return monkeypatch


def test_without_a_browser_tests_are_skipped(nowhere: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        find_browser()


def test_in_ci_a_missing_browser_fails(nowhere: pytest.MonkeyPatch) -> None:
    nowhere.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        find_browser()
