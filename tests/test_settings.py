"""Settings that make no sense are named at the start, all of them at once."""

import pytest

from core.settings import BadSettings, load_settings


@pytest.mark.parametrize(
    "value",
    [
        "[{",
        '[{"name": "a"}]',
        '[{"name": "a", "title": "A", "issuer": "http://login.example.org", "client_id": "x"}]',
        '[{"name": "A/B", "title": "A", "issuer": "https://login.example.org", "client_id": "x"}]',
        "[%s, %s]" % (('{"name": "a", "title": "A", "issuer": "https://a.org", "client_id": "x"}',) * 2),
    ],
)
def test_providers_that_make_no_sense_are_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AULA_OIDC_PROVIDERS", value)
    with pytest.raises(BadSettings, match=r"(?i)oidc_providers"):
        load_settings()
