"""Captions as a text to read."""

from core.captions import Cue
from core.captions.transcript import paragraphs


def cue(start_s: float, end_s: float, text: str) -> Cue:
    return Cue(start_s=start_s, end_s=end_s, text=text)


def texts(cues: list[Cue]) -> list[list[str]]:
    return [[sentence.text for sentence in paragraph.sentences] for paragraph in paragraphs(cues)]


def test_cues_become_sentences() -> None:
    cues = [cue(0, 2, "Good morning, and\nwelcome"), cue(2, 4, "to the course. Today"), cue(4, 6, "we <i>begin</i>.")]
    (paragraph,) = paragraphs(cues)
    assert [sentence.text for sentence in paragraph.sentences] == [
        "Good morning, and welcome to the course.",
        "Today we begin.",
    ]
    assert (paragraph.start_s, paragraph.end_s, paragraph.speaker) == (0, 6, None)
    first, second = paragraph.sentences
    assert (first.start_s, round(first.end_s, 2), round(second.start_s, 2), second.end_s) == (0, 3.4, 3.4, 6)


def test_a_pause_begins_a_new_paragraph_even_in_mid_sentence() -> None:
    assert texts([cue(0, 2, "So we"), cue(5, 6, "see it."), cue(6.5, 7, "Yes!")]) == [["So we"], ["see it.", "Yes!"]]


def test_speakers_have_paragraphs_of_their_own() -> None:
    cues = [cue(0, 2, "<v Anna>Who is there?</v>\n<v Ben>Me.</v>"), cue(2, 3, "<v Ben>Only me.</v>")]
    found = paragraphs(cues)
    assert [(p.speaker, [s.text for s in p.sentences]) for p in found] == [
        ("Anna", ["Who is there?"]),
        ("Ben", ["Me.", "Only me."]),
    ]


def test_captions_that_roll_up_are_read_once() -> None:
    cues = [cue(0, 2, "first line"), cue(2, 4, "first line\nsecond line"), cue(4, 6, "second line\nthird line.")]
    assert texts(cues) == [["first line second line third line."]]


def test_a_repeated_word_is_not_lost_where_nothing_rolls() -> None:
    assert texts([cue(0, 1, "No."), cue(1, 2, "Well, no.")]) == [["No.", "Well, no."]]


def test_dots_that_end_no_sentence() -> None:
    assert texts([cue(0, 9, "Dr. Noether, z.B. J. S. Bach, pays 3.50 or 1.000 euros... Right?")]) == [
        ["Dr. Noether, z.B. J. S. Bach, pays 3.50 or 1.000 euros...", "Right?"]
    ]


def test_a_sentence_that_only_looks_like_an_abbreviation_ends() -> None:
    assert texts([cue(0, 9, "That was the xDr. It went on. Mr. and Mrs. Noether left")]) == [
        ["That was the xDr.", "It went on.", "Mr. and Mrs. Noether left"]
    ]


def test_other_scripts_and_quotes_end_sentences_too() -> None:
    assert texts([cue(0, 4, "你好。今天开始！"), cue(4, 6, "“Really?” she said.")]) == [
        ["你好。", "今天开始！", "“Really?”", "she said."]
    ]


def test_long_talk_without_a_pause_is_broken_into_paragraphs() -> None:
    cues = [cue(n, n + 1, f"This is sentence number {n} of very many.") for n in range(100)]
    found = texts(cues)
    assert len(found) > 3
    assert sum(len(paragraph) for paragraph in found) == 100


def test_talk_without_any_full_stop_does_not_become_one_endless_sentence() -> None:
    cues = [cue(n, n + 1, "and so on and so forth") for n in range(200)]
    assert max(len(text) for paragraph in texts(cues) for text in paragraph) < 700


def test_nothing_said_is_no_transcript() -> None:
    assert paragraphs([]) == []
