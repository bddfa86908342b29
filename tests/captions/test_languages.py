"""Language tags in one spelling."""

import pytest

from core.captions import languages
from core.errors import Refused


@pytest.mark.parametrize(
    ("tag", "normal", "name"),
    [
        ("de", "de", "Deutsch"),
        ("EN", "en", "English"),
        ("en_us", "en-US", "English (US)"),
        ("pt-br", "pt-BR", "Português (BR)"),
        ("ZH-hant-tw", "zh-Hant-TW", "中文 (Hant-TW)"),
        ("ger", "de", "Deutsch"),
        ("fre", "fr", "Français"),
        ("es-419", "es-419", "Español (419)"),
        ("tlh", "tlh", "tlh"),
    ],
)
def test_tags_have_one_spelling_and_a_name(tag: str, normal: str, name: str) -> None:
    assert languages.normalised(tag) == normal
    assert languages.normalised(normal) == normal
    assert languages.name(normal) == name


@pytest.mark.parametrize(
    "tag", ["", "e", "english", "en-", "-en", "en/../x", "en.vtt", "e1", "en-abcdefghi", "de-" + "a-b" * 9, "dé"]
)
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(Refused) as refused:
        languages.normalised(tag)
    assert refused.value.code == "captions.language"


def test_streams_say_their_language_or_none() -> None:
    assert [languages.of_stream(tag) for tag in ("ger", "und", None, "???", "pt-BR")] == ["de", "und", "und", "und", "pt-BR"]
