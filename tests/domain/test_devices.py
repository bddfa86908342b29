"""What people call a device."""

import pytest

from domain.devices import device_name

_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36 Edg/128.0.0.0", "Edge on Windows"),
        (f"{_MAC}/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15", "Safari on macOS"),
        (f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_CHROME} Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) CriOS/128.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) Version/17.6 Mobile Safari/604.1", "Safari on iPad"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("aula-uploader/1.2 (nightly)", "aula-uploader/1.2"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("Mozilla/5.0", "Unknown device"),
        ("", "Unknown device"),
        ("x" * 300, "x" * 40),
    ],
)
def test_a_device_is_named_by_what_its_browser_says(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
