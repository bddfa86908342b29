"""Our own parser of SubRip and WebVTT: tolerant of what editors write, strict on size, and exact about what is wrong where.

One parser reads both, for files are often named after the other format. What decides is a first line `WEBVTT`: there a blank
line ends a cue and notes, styles and regions may follow; in SubRip everything up to the next line of times belongs to the cue.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.captions import MAX_CUES, Cue
from core.captions.decoding import decode
from core.captions.markup import placement, plain_text, safe_text
from core.errors import ErrorKind, Refused

MAX_CUE_CHARACTERS = 5_000
_MAX_S = 100 * 3600.0
# A caption is repeated in each segment that it spans. This many characters in all segments of 2 s bound what we would store.
_MAX_REPEATED = 32 * 2**20
_SEGMENT_S = 2.0

_CLOCK = r"(?:(\d{1,4})\s?:\s?)?(\d{1,3})\s?:\s?(\d{1,2})(?:\s?[.,:;]\s?(\d{1,9}))?"
# Word processors make one dash of two.
_ARROW = re.compile(r"-->|[–—]-?>")
_TIMES = re.compile(rf"\s*{_CLOCK}\s*(?:{_ARROW.pattern})\s*{_CLOCK}(?P<rest>(?:\s.*)?)")
# A line with an arrow and a clock before it means times, however badly they are written.
_MEANT_AS_TIMES = re.compile(r"\s*-?\d+\s?[:.,].{0,40}-->|\s*-->|.{0,40}-->\s*-?\d+\s?:")
_PERCENT = r"\d{1,3}(?:\.\d{1,6})?%"
_SETTING = re.compile(
    rf"line:(?:-?\d{{1,4}}|{_PERCENT})(?:,(?:start|center|end))?|position:{_PERCENT}(?:,(?:line-left|center|line-right))?|"
    rf"size:{_PERCENT}|align:(?:start|center|end|left|right)|vertical:(?:rl|lr)"
)
_WEBVTT = re.compile(r"WEBVTT(?:\s|$)")
# Formats that people upload by mistake, and how they begin.
_OTHERS = (
    ("[script info]", "an ASS file"),
    ("<?xml", "an XML file"),
    ("<tt", "a TTML file"),
    ("<sami", "a SAMI file"),
    ("{1}{", "a MicroDVD file"),
    ("{0}{", "a MicroDVD file"),
    ("{\\rtf", "an RTF document"),
)


@dataclass(frozen=True, slots=True)
class _Block:
    """Times as they were found, and the lines that follow them. `line` counts from 1."""

    line: int
    start_s: float
    end_s: float
    rest: str
    text: list[str]


def parse_file(data: bytes, charset: str | None = None) -> tuple[Cue, ...]:
    """The cues of a SubRip or WebVTT file, in the order of their starts. Raises Refused as `decode` and `parse` do."""
    return parse(decode(data, charset))


def parse(text: str) -> tuple[Cue, ...]:
    """The cues of a text. Cues that show nothing or last no time are left out; settings that we don't know are dropped.

    Raises Refused: `captions.format` (another format), `captions.bad_time` and `captions.ends_before_start` (with `line`),
    `captions.no_cues`, `captions.cue_too_long` (with `line`), `captions.too_many_cues`, `captions.too_dense`.
    """
    lines = text.lstrip("\ufeff").split("\n")
    first = next((line for line in lines if line.strip()), "")
    _expect_known(first)
    cues: list[Cue] = []
    repeated = 0.0
    for block in _blocks(lines, webvtt=_WEBVTT.match(first) is not None):
        cue = _cue(block)
        if cue is None:
            continue
        cues.append(cue)
        if len(cues) > MAX_CUES:
            raise Refused("captions.too_many_cues", f"There are more than {MAX_CUES} captions.", kind=ErrorKind.TOO_LARGE)
        repeated += len(cue.text) * (1 + (cue.end_s - cue.start_s) / _SEGMENT_S)
        if repeated > _MAX_REPEATED:
            raise Refused(
                "captions.too_dense", "Too many long captions are shown for too long a time.", kind=ErrorKind.TOO_LARGE
            )
    if not cues:
        raise Refused("captions.no_cues", "No captions were found in the file.")
    return tuple(sorted(cues, key=lambda cue: cue.start_s))


def _expect_known(first: str) -> None:
    for begins, what in _OTHERS:
        if first.strip().lower().startswith(begins):
            raise Refused("captions.format", f"This is {what}; SubRip (.srt) and WebVTT (.vtt) are taken.")


def _blocks(lines: list[str], *, webvtt: bool) -> Iterator[_Block]:
    """Each line of times with the lines that are its text."""
    found = [(number, times) for number, line in enumerate(lines) if (times := _times(line, number + 1)) is not None]
    for index, (number, (start_s, end_s, rest)) in enumerate(found):
        end = found[index + 1][0] if index + 1 < len(found) else len(lines)
        text = lines[number + 1 : end]
        blank = next((at for at, line in enumerate(text) if not line.strip()), None) if webvtt else None
        if blank is not None:
            text = text[:blank]
        elif end < len(lines) and text and text[-1].strip().isdecimal():
            # A number right above the next line of times counts cues and is not said by anybody.
            text = text[:-1]
        yield _Block(number + 1, start_s, end_s, rest, text)


def _times(line: str, number: int) -> tuple[float, float, str] | None:
    """Start, end and what follows them; None for a line without times."""
    if not _ARROW.search(line):
        return None
    match = _TIMES.fullmatch(line)
    if match is None:
        if _MEANT_AS_TIMES.match(line):
            raise _at(number, "captions.bad_time", "the times can't be read")
        return None
    clocks = match.groups()
    return _seconds(clocks[:4], number), _seconds(clocks[4:8], number), match["rest"].strip()


def _seconds(clock: tuple[str | None, ...], number: int) -> float:
    hours, minutes, seconds, fraction = clock
    whole_minutes, whole_seconds = int(minutes or 0), int(seconds or 0)
    # Without hours some editors let the minutes run on.
    if whole_seconds > 59 or (hours is not None and whole_minutes > 59):
        raise _at(number, "captions.bad_time", "there are no more than 59 minutes and seconds")
    milliseconds = int(f"{fraction or '0':0<3}"[:3])
    total = int(hours or 0) * 3600 + whole_minutes * 60 + whole_seconds + milliseconds / 1000
    if total > _MAX_S:
        raise _at(number, "captions.bad_time", "the time lies beyond 100 hours")
    return total


def _cue(block: _Block) -> Cue | None:
    if block.end_s < block.start_s:
        raise _at(block.line, "captions.ends_before_start", "the caption ends before it starts")
    raw = "\n".join(block.text).strip()
    text = safe_text(raw.replace("\\N", "\n"))
    # As it is shown: escaping makes text longer, and what we have written must be readable again.
    if len(plain_text(text)) > MAX_CUE_CHARACTERS:
        raise _at(block.line, "captions.cue_too_long", f"the caption has more than {MAX_CUE_CHARACTERS} characters")
    if not text or block.end_s == block.start_s:
        return None
    settings = " ".join(word for word in block.rest.split() if _SETTING.fullmatch(word)) or placement(raw)
    return Cue(start_s=block.start_s, end_s=block.end_s, text=text, settings=settings)


def _at(line: int, code: str, what: str) -> Refused:
    message = f"Line {line}: {what}."
    return Refused(code, message, line=line, errors=[{"field": f"line {line}", "message": what}])
