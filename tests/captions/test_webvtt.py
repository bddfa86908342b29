"""Cues as files: whole ones, and segments on the video's grid."""

import random

import pytest

from core.captions import Cue
from core.captions.parsing import parse
from core.captions.webvtt import clock, segments, stretches, whole
from core.errors import Refused


def cue(start_s: float, end_s: float, text: str = "x", settings: str = "") -> Cue:
    return Cue(start_s=start_s, end_s=end_s, text=text, settings=settings)


HEAD = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"


def test_clocks() -> None:
    assert [clock(s) for s in (0, 0.0004, 59.9996, 3599.999, 360_000)] == [
        "00:00:00.000",
        "00:00:00.000",
        "00:01:00.000",
        "00:59:59.999",
        "100:00:00.000",
    ]


def test_a_whole_file_reads_back_as_it_was() -> None:
    cues = (cue(0.5, 2.0, "<v Anna>one</v>\ntwo &amp; <i>three</i>", "line:0 align:start"), cue(1.0, 4.001, "over\nlapping"))
    text = whole(cues)
    assert text == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:02.000 line:0 align:start\n<v Anna>one</v>\ntwo &amp; <i>three</i>\n\n"
        "00:00:01.000 --> 00:00:04.001\nover\nlapping\n"
    )
    assert parse(text) == cues


def test_a_cue_is_in_every_segment_that_it_touches() -> None:
    a, b, c = cue(0.0, 2.0, "a"), cue(1.5, 4.5, "b"), cue(4.0, 9.0, "c")
    made = segments([a, b, c], [2.0, 2.0, 2.0])
    assert made == [
        f"{HEAD}\n00:00:00.000 --> 00:00:02.000\na\n\n00:00:01.500 --> 00:00:04.500\nb\n",
        f"{HEAD}\n00:00:01.500 --> 00:00:04.500\nb\n",
        f"{HEAD}\n00:00:01.500 --> 00:00:04.500\nb\n\n00:00:04.000 --> 00:00:09.000\nc\n",
    ]


def test_borders_belong_to_what_follows_also_where_they_are_no_round_numbers() -> None:
    # Two segments of 60 frames at 30000/1001: the border is at 2.002 s.
    grid = [60 * 1001 / 30000] * 3
    made = segments([cue(2.002, 4.004, "second")], grid)
    assert [text.count("second") for text in made] == [0, 1, 0]


def test_cues_beyond_the_end_are_left_out_and_empty_segments_stay() -> None:
    made = segments([cue(6.0, 7.0), cue(100.0, 101.0)], [2.0, 2.0, 2.0])
    assert made == [HEAD, HEAD, HEAD]


def test_segments_hold_as_many_of_the_videos_as_fit() -> None:
    assert stretches([4.0] * 3, 4.0) == [4.0, 4.0, 4.0]
    assert stretches([2.0, 2.0, 1.0], 4.0) == [4.0, 1.0]
    assert stretches([4.4, 1.0, 1.0], 4.0) == [4.4, 2.0]
    assert stretches([], 4.0) == []


def test_long_captions_cost_no_more_than_what_they_touch() -> None:
    made = segments([cue(n / 2, n / 2 + 0.4) for n in range(20_000)], [2.0] * 5_000)
    assert all(text.count("-->") == 4 for text in made)


def test_what_was_taken_can_always_be_read_back() -> None:
    chance = random.Random(3)
    words = [
        "&",
        "<",
        ">",
        "<i>",
        "</i>",
        "<v A&B>",
        "42",
        "a-->",
        "–>",
        "NOTE",
        "WEBVTT",
        "{\\an8}",
        "\\N",
        "\n",
        "\n\n",
        "x",
        " ",
        "\u00a0",
    ]
    for _ in range(500):
        body = "".join(chance.choice(words) for _ in range(12))
        cues = parse(f"1\n00:00:01,000 --> 00:00:02,000\nfirst {body}\n\n2\n00:00:03,000 --> 00:00:04,000\n7\n")
        assert parse(whole(cues)) == cues, body
    cues = parse("00:01 --> 00:02\n" + "&" * 5000 + "\n")
    assert parse(whole(cues)) == cues
    with pytest.raises(Refused):
        parse("00:01 --> 00:02\n" + "&" * 5001 + "\n")
