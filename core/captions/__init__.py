"""Captions and transcripts as values. Times are seconds from the start of the presentation.

A cue's text is WebVTT cue text in its safe subset: `<b>`, `<i>`, `<u>`, `<v Name>`, line breaks, and `&amp;`, `&lt;` and `&gt;`
for everything else that could be read as markup. Only `core.captions.markup` makes it from what somebody brought.
"""

import msgspec

MAX_BYTES = 2 * 2**20
"""Largest file of captions or chapters (security page, section 3)."""
MAX_CUES = 20_000


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One caption. `end_s` is after `start_s`, both on a grid of milliseconds."""

    start_s: float
    end_s: float
    text: str
    settings: str = ""
    """WebVTT cue settings, checked: `line:0 align:start`."""


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """What is said in one breath, as plain text."""

    start_s: float
    end_s: float
    text: str


class Paragraph(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences that belong together; `speaker` where the captions name one."""

    start_s: float
    end_s: float
    speaker: str | None
    sentences: tuple[Sentence, ...]
