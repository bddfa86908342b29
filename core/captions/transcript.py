"""Captions as a text to read: cues become sentences, sentences paragraphs."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from core.captions import Cue, Paragraph, Sentence
from core.captions.markup import plain_text, voices

# A pause as long as this, or a text as long as this, ends a paragraph.
_PAUSE_S = 2.5
_LENGTH = 600
# What ends a sentence: its mark, perhaps a closing quote or bracket, and a space (which Chinese and Japanese don't set).
_END = re.compile(r"[.!?…]+[\"'’”»)\]]*(?=\s|$)|[。！？]+[」』”]*")
# Titles that are no end of a sentence, by what comes right before the dot.
_ABBREVIATION = re.compile(r"(?:^|\s)(?:[A-Za-z]|Dr|Mr|Mrs|Ms|Prof|St|vs|etc|bzw|ca|usw|Nr|Fig|Abb|z\.B|e\.g|i\.e|d\.h)$")

# With what stands before it.
_LONGEST_ABBREVIATION = 8


class _Piece(msgspec.Struct):
    """A sentence, or what a cue holds of it."""

    start_s: float
    end_s: float
    text: str
    speaker: str | None
    whole: bool


def paragraphs(cues: Sequence[Cue]) -> list[Paragraph]:
    """The transcript. A new paragraph begins with another speaker, after a pause, and where one grows long."""
    made: list[list[_Piece]] = []
    for sentence in _sentences(cues):
        if made and not _breaks(made[-1], sentence):
            made[-1].append(sentence)
        else:
            made.append([sentence])
    return [
        Paragraph(
            start_s=pieces[0].start_s,
            end_s=max(piece.end_s for piece in pieces),
            speaker=pieces[0].speaker,
            sentences=tuple(Sentence(start_s=p.start_s, end_s=p.end_s, text=p.text) for p in pieces),
        )
        for pieces in made
    ]


def _breaks(before: list[_Piece], sentence: _Piece) -> bool:
    return (
        before[-1].speaker != sentence.speaker
        or sentence.start_s - before[-1].end_s >= _PAUSE_S
        or sum(len(piece.text) for piece in before) >= _LENGTH
    )


def _sentences(cues: Sequence[Cue]) -> list[_Piece]:
    """Pieces of cues joined until each is a sentence; a pause or another speaker ends one as well."""
    made: list[_Piece] = []
    for piece in _pieces(cues):
        last = made[-1] if made else None
        if (
            last is None
            or last.whole
            or last.speaker != piece.speaker
            or piece.start_s - last.end_s >= _PAUSE_S
            or len(last.text) >= _LENGTH
        ):
            made.append(piece)
        else:
            last.text = f"{last.text} {piece.text}"
            last.end_s, last.whole = max(last.end_s, piece.end_s), piece.whole
    return made


def _pieces(cues: Iterable[Cue]) -> Iterable[_Piece]:
    """The parts of each cue that belong to different sentences; their times by their share of the cue's characters."""
    shown: list[str] = []
    for cue in cues:
        lines = plain_text(cue.text).split("\n")
        said = [(who, " ".join(text.split())) for who, text in voices(cue.text)]
        if len(said) == 1:
            said = [(said[0][0], " ".join(_new_lines(shown, lines)))]
        shown = lines
        total, at = sum(len(text) for _, text in said), 0
        for who, text in said:
            for start, end, whole in _parts(text):
                times = [cue.start_s + (cue.end_s - cue.start_s) * (at + place) / total for place in (start, end)]
                yield _Piece(times[0], times[1], text[start:end].strip(), who, whole)
            at += len(text)


def _new_lines(shown: list[str], lines: list[str]) -> list[str]:
    """Captions that roll up show the lines before once more: those were said already."""
    for overlap in range(min(len(shown), len(lines)), 0, -1):
        if shown[-overlap:] == lines[:overlap]:
            return lines[overlap:]
    return lines


def _parts(text: str) -> Iterable[tuple[int, int, bool]]:
    """Where the pieces of `text` begin and end, and whether that is the end of a sentence."""
    last = 0
    for match in _END.finditer(text):
        # Only what could be one: to read a sentence again for each of its dots takes seconds where dots are many.
        begin = max(last, match.start() - _LONGEST_ABBREVIATION)
        if match.group() == "." and _ABBREVIATION.search(text[begin : match.start()]):
            continue
        yield last, match.end(), True
        last = match.end()
    if text[last:].strip():
        yield last, len(text), False
