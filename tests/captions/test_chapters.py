"""Chapters: what is taken, what is refused, and the file that players read."""

import pytest

from core.captions import chapters
from core.captions.parsing import parse
from core.errors import Refused
from core.media import Chapter


def test_chapters_are_tidied() -> None:
    made = chapters.checked([Chapter(start_s=0, title="  Intro\n "), Chapter(start_s=61.23456, title="Main\x00 part")], 100)
    assert made == (Chapter(start_s=0, title="Intro"), Chapter(start_s=61.235, title="Main part"))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([(0, "")], "chapters.bad_title"),
        ([(0, " \n")], "chapters.bad_title"),
        ([(0, "x" * 201)], "chapters.bad_title"),
        ([(-1, "a")], "chapters.not_ascending"),
        ([(float("nan"), "a")], "chapters.not_ascending"),
        ([(1, "a"), (1.0001, "b")], "chapters.not_ascending"),
        ([(5, "a"), (4, "b")], "chapters.not_ascending"),
        ([(0, "a"), (60, "b")], "chapters.beyond_end"),
        ([(float("inf"), "a")], "chapters.beyond_end"),
        ([(n, "a") for n in range(501)], "chapters.too_many"),
    ],
)
def test_what_is_no_list_of_chapters_is_refused(wanted: list[tuple[float, str]], code: str) -> None:
    with pytest.raises(Refused) as refused:
        chapters.checked([Chapter(start_s=start_s, title=title) for start_s, title in wanted], 60.0)
    assert refused.value.code == code


def test_a_start_that_no_clock_can_show_is_refused_also_while_the_length_is_unknown() -> None:
    assert chapters.checked([Chapter(start_s=86_400, title="a")])
    with pytest.raises(Refused, match="after the end"):
        chapters.checked([Chapter(start_s=1e306, title="a")])


def test_chapters_may_come_before_anybody_knows_the_length() -> None:
    assert len(chapters.checked([Chapter(start_s=10_000, title="late")])) == 1


def test_a_chapter_file_goes_in_and_comes_out() -> None:
    text = (
        "WEBVTT\n\n00:00:00.000 --> 00:01:00.000\nIntro &amp; welcome\n\n"
        "00:01:00.000 --> 00:05:00.000\nMain\n\n00:05:00.000 --> 00:05:30.000\n1 &lt; 2\n"
    )
    made = chapters.checked(chapters.read(text.encode()), 330)
    assert [(c.start_s, c.title) for c in made] == [(0, "Intro & welcome"), (60, "Main"), (300, "1 < 2")]
    assert chapters.webvtt(made, 330) == text


def test_the_last_chapter_ends_somewhere_even_if_nobody_knows_where() -> None:
    cues = parse(chapters.webvtt([Chapter(start_s=0, title="a"), Chapter(start_s=9, title="b")], None))
    assert [(cue.start_s, cue.end_s) for cue in cues] == [(0, 9), (9, 3609)]
