"""Chapters: checked lists of starts and titles, from a WebVTT file or a client, and back as WebVTT."""

import re
from collections.abc import Sequence

from core.captions import Cue
from core.captions.markup import plain_text
from core.captions.parsing import parse_file
from core.captions.webvtt import whole
from core.errors import ErrorKind, Refused
from core.media import Chapter

MAX_CHAPTERS = 500
_MAX_TITLE = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# The last chapter of an asset whose length nobody knows yet.
_OPEN_END_S = 3600.0
# No asset lasts as long, and clocks have so many hours.
_LONGEST_S = 100 * 3600.0


def checked(chapters: Sequence[Chapter], duration_s: float | None = None) -> tuple[Chapter, ...]:
    """The chapters with tidy titles, on a grid of milliseconds.

    Raises Refused `chapters.too_many`, `chapters.bad_title`, `chapters.not_ascending`, `chapters.beyond_end` (of an asset that
    lasts `duration_s`, where that is known), each with the number of the chapter at fault.
    """
    if len(chapters) > MAX_CHAPTERS:
        raise Refused("chapters.too_many", f"There are more than {MAX_CHAPTERS} chapters.", kind=ErrorKind.UNPROCESSABLE)
    made: list[Chapter] = []
    for index, chapter in enumerate(chapters):
        title = " ".join(_CONTROLS.sub(" ", chapter.title).split())
        if not title or len(title) > _MAX_TITLE:
            raise _at(index, "chapters.bad_title", f"a title has 1 to {_MAX_TITLE} characters")
        start_s = round(chapter.start_s, 3)
        # Not a number is never greater.
        if not (start_s >= 0 and (not made or start_s > made[-1].start_s)):
            raise _at(index, "chapters.not_ascending", "each chapter starts after the one before")
        if start_s >= (_LONGEST_S if duration_s is None else duration_s):
            raise _at(index, "chapters.beyond_end", "it starts after the end")
        made.append(Chapter(start_s=start_s, title=title))
    return tuple(made)


def read(data: bytes, charset: str | None = None) -> tuple[Chapter, ...]:
    """The chapters of a WebVTT (or SubRip) file, not yet checked: each cue is one. Raises Refused as `parse_file` does."""
    return tuple(Chapter(start_s=cue.start_s, title=plain_text(cue.text)) for cue in parse_file(data, charset))


def webvtt(chapters: Sequence[Chapter], duration_s: float | None) -> str:
    """A WebVTT file for `<track kind="chapters">`: each chapter lasts until the next, the last until the end."""
    cues = []
    for index, chapter in enumerate(chapters):
        last = index + 1 == len(chapters)
        end_s = (duration_s or chapter.start_s + _OPEN_END_S) if last else chapters[index + 1].start_s
        cues.append(Cue(start_s=chapter.start_s, end_s=max(end_s, chapter.start_s + 0.001), text=_escape(chapter.title)))
    return whole(cues)


def _escape(title: str) -> str:
    return title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _at(index: int, code: str, what: str) -> Refused:
    errors = [{"field": f"chapters[{index}]", "message": what}]
    return Refused(code, f"Chapter {index + 1}: {what}.", kind=ErrorKind.UNPROCESSABLE, errors=errors)
