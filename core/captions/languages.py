"""Languages of captions: BCP 47 tags in one spelling, and what people call them."""

from core.errors import Refused
from core.languages import language_tag

# A track is named after its language and has 32 characters.
_LONGEST = 24
UNKNOWN = "und"
# What each language calls itself.
_NAMES = {
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "ca": "Català",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "eu": "Euskara",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "ga": "Gaeilge",
    "gl": "Galego",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "is": "Íslenska",
    "it": "Italiano",
    "ja": "日本語",
    "ka": "ქართული",
    "ko": "한국어",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "mk": "Македонски",
    "ms": "Bahasa Melayu",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sq": "Shqip",
    "sr": "Српски",
    "sv": "Svenska",
    "sw": "Kiswahili",
    "ta": "தமிழ்",
    "te": "తెలుగు",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}


def normalised(tag: str) -> str:
    """The one spelling of a language tag: `EN-us` is `en-US`, `ger` is `de`. Raises Refused `captions.language`."""
    known = language_tag(tag.strip().replace("_", "-"))
    if known is None or len(known) > _LONGEST:
        raise Refused("captions.language", "This is no language tag such as en, de or pt-BR.")
    language, *rest = known.split("-")
    return "-".join([language, *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    """RFC 5646, section 2.1.1: scripts begin with a capital, regions have capitals only."""
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part.lower()


def of_stream(tag: str | None) -> str:
    """The language of a stream as its container tells it; `und` when it tells none."""
    try:
        return normalised(tag or UNKNOWN)
    except Refused:
        return UNKNOWN


def name(tag: str) -> str:
    """What people call the language of a normalised tag: its own name, with what else the tag says."""
    language, _, rest = tag.partition("-")
    known = _NAMES.get(language)
    if known is None:
        return tag
    return f"{known} ({rest})" if rest else known
