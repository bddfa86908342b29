"""Files as editors write them become cues; files that can't be read are refused with the line at fault."""

import pytest

from core.captions import MAX_BYTES, Cue
from core.captions.parsing import parse, parse_file
from core.errors import ErrorKind, Refused

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nWorld\n"
HELLO = (Cue(start_s=1.0, end_s=2.5, text="Hello"), Cue(start_s=3.0, end_s=4.0, text="World"))


def told(cues: tuple[Cue, ...]) -> list[tuple[float, float, str]]:
    return [(cue.start_s, cue.end_s, cue.text) for cue in cues]


@pytest.mark.parametrize(
    "text",
    [
        SRT,
        SRT.replace("\n", "\r\n"),
        SRT.replace("\n", "\r"),
        SRT.replace("\n", "\r\r\n"),
        "\n\n" + SRT + "\n\n\n",
        SRT.rstrip("\n"),
        SRT.replace(",", "."),
        SRT.replace("00:00:", "00:"),
        SRT.replace("00:00:", "0:0:"),
        SRT.replace("00:00:01,000", "1,0").replace("1,0", "00:01"),
        SRT.replace(",500", ",5").replace(",000", ""),
        SRT.replace(",000", ":000"),
        SRT.replace(" --> ", "-->"),
        SRT.replace(" --> ", "\t-->  "),
        SRT.replace("-->", "—>"),
        SRT.replace("00:00:01,000", "00 : 00 : 01 , 000"),
        SRT.replace("1\n00", "00").replace("2\n00", "00"),
        SRT.replace("\n\n", "\n"),
        SRT.replace("Hello\n", "Hello  \n  \n"),
        SRT.replace("02,500", "02,500 X1:100 X2:600 Y1:050 Y2:100"),
        "WEBVTT\n\n" + SRT.replace(",", "."),
        "WEBVTT - made by hand\nKind: captions\n\nNOTE not\nshown\n\nSTYLE\n::cue { color: red }\n\n" + SRT.replace(",", "."),
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n" + SRT.replace(",", "."),
        "\nWEBVTT\n\nintro\n" + SRT[2:].replace(",", ".").replace("2\n", "outro\n").replace("Hello\n", "Hello\n\nNOTE so\n"),
        SRT + "\n3\n00:00:05,000 --> 00:00:05,000\nno time\n\n4\n00:00:05,000 --> 00:00:06,000\n\n\n",
        SRT + "\n3\n00:00:05,000 --> 00:00:06,000\n<i> </i>{\\an8}\n",
        "2\n00:00:03,000 --> 00:00:04,000\nWorld\n\n1\n00:00:01,000 --> 00:00:02,500\nHello\n",
    ],
)
def test_the_same_captions_in_many_spellings(text: str) -> None:
    assert parse_file(text.encode()) == HELLO


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("Zoë sagt: „Grüße“ – 5 €".encode(), None),
        ("\ufeffZoë sagt: „Grüße“ – 5 €".encode(), None),
        ("\ufeffZoë sagt: „Grüße“ – 5 €".encode("utf-16-le"), None),
        ("\ufeffZoë sagt: „Grüße“ – 5 €".encode("utf-16-be"), None),
        ("\ufeffZoë sagt: „Grüße“ – 5 €".encode("utf-32-le"), None),
        ("Zoë sagt: „Grüße“ – 5 €".encode("utf-16-le"), None),
        ("Zoë sagt: „Grüße“ – 5 €".encode("utf-16-be"), None),
        ("Zoë sagt: „Grüße“ – 5 €".encode("cp1252"), None),
        ("Zoë sagt: „Grüße“ – 5 €".encode("cp1252"), "windows-1252"),
        ("Zoë sagt: „Grüße“ – 5 €".encode(), "UTF-8"),
    ],
)
def test_the_same_captions_in_many_encodings(data: bytes, charset: str | None) -> None:
    line = "Zoë sagt: „Grüße“ – 5 €"
    mark_and_encoding = next(
        (encoding for encoding in ("utf-32-le", "utf-16-le", "utf-16-be", "utf-8", "cp1252") if _reads(data, encoding, line)),
        "",
    )
    mark = "\ufeff" if _marked(data, mark_and_encoding) else ""
    whole = (mark + SRT.replace("Hello", line)).encode(mark_and_encoding)
    assert parse_file(whole, charset)[0].text == line


def _reads(data: bytes, encoding: str, line: str) -> bool:
    try:
        return data.decode(encoding).lstrip("\ufeff") == line
    except UnicodeDecodeError:
        return False


def _marked(data: bytes, encoding: str) -> bool:
    return data.decode(encoding).startswith("\ufeff")


def test_a_declared_charset_is_believed() -> None:
    assert parse_file(SRT.replace("Hello", "Привет").encode("cp1251"), "windows-1251")[0].text == "Привет"
    assert parse_file(SRT.replace("Hello", "こんにちは").encode("shift_jis"), "Shift_JIS")[0].text == "こんにちは"


@pytest.mark.parametrize("charset", ["rot13", "utf-7", "idna", "no-such-thing", "zip", "iso-8859-99", "us-ascii"])
def test_a_charset_that_does_not_fit_is_refused(charset: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_file(SRT.replace("Hello", "Grüße").encode(), charset)
    assert refused.value.code == "captions.charset"


def test_one_broken_byte_does_not_make_utf_8_western() -> None:
    data = SRT.replace("Hello", "Grüße an Zoë, Käthe und Jürgen").encode().replace(b"Hello", b"") + b"\xff"
    assert parse_file(data)[0].text == "Grüße an Zoë, Käthe und Jürgen"


def test_text_keeps_its_lines_but_no_blank_ones() -> None:
    cue = parse("1\n00:01 --> 00:02\nfirst\n\nsecond\n \nthird\n\n2\n00:03 --> 00:04\nnext\n")[0]
    assert cue.text == "first\nsecond\nthird"


def test_numbers_that_somebody_says_stay() -> None:
    cues = parse("1\n00:01 --> 00:02\nThe answer:\n42\n\n2\n00:03 --> 00:04\n7\n\n3\n00:05 --> 00:06\n8")
    assert [cue.text for cue in cues] == ["The answer:\n42", "7", "8"]


def test_what_is_no_time_is_text() -> None:
    cues = parse("1\n00:01 --> 00:02\nGo --> there\nA -> B\n10:30->11:00\n")
    assert cues[0].text == "Go --&gt; there\nA -&gt; B\n10:30-&gt;11:00"


def test_overlapping_cues_come_in_the_order_of_their_starts() -> None:
    cues = parse("00:05 --> 00:09\nb\n\n00:01 --> 00:08\na\n\n00:05 --> 00:06\nc\n")
    assert told(cues) == [(1.0, 8.0, "a"), (5.0, 9.0, "b"), (5.0, 6.0, "c")]


def test_hours_may_be_many_and_minutes_run_on() -> None:
    cues = parse("99:59:59.999 --> 100:00:00.000\nlate\n\n75:00.000 --> 76:00.000\nlong\n")
    assert told(cues) == [(4500.0, 4560.0, "long"), (359_999.999, 360_000.0, "late")]


@pytest.mark.parametrize(
    ("rest", "kept"),
    [
        ("align:start position:10% line:0", "align:start position:10% line:0"),
        ("line:-1,end size:50% vertical:rl", "line:-1,end size:50% vertical:rl"),
        ("region:fred align:middle position:10", ""),
        ("line:1e9 onclick:alert(1) align:left", "align:left"),
    ],
)
def test_only_settings_that_we_know_are_kept(rest: str, kept: str) -> None:
    assert parse(f"WEBVTT\n\n00:01.000 --> 00:02.000 {rest}\nx\n")[0].settings == kept


def test_the_place_of_a_subrip_caption_is_kept() -> None:
    cue = parse("1\n00:01 --> 00:02\n{\\an8}{\\i1}Above{\\i0}\\Nthe speaker\n")[0]
    assert (cue.settings, cue.text) == ("line:0", "Above\nthe speaker")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("1\n00:00:01,000 --> \nHello", "captions.bad_time", 2),
        ("1\n00:00:01,000 --> soon\nHello", "captions.bad_time", 2),
        ("1\n--> 00:00:01,000\nHello", "captions.bad_time", 2),
        ("1\n00:00:61,000 --> 00:01:02,000\nHello", "captions.bad_time", 2),
        ("1\n00:60:01,000 --> 01:01:02,000\nHello", "captions.bad_time", 2),
        ("1\n-00:00:01,000 --> 00:00:02,000\nHello", "captions.bad_time", 2),
        ("1\n100:00:00,001 --> 101:00:02,000\nHello", "captions.bad_time", 2),
        ("1\n00:00:01,000 --> 00:00:02,000x\nHello", "captions.bad_time", 2),
        (SRT + "\n3\n00:00:09,000 --> 00:00:08,000\nback", "captions.ends_before_start", 10),
        ("\n\n\n00:01 --> 00:02\n" + "x" * 5_001, "captions.cue_too_long", 4),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, code: str, line: int) -> None:
    with pytest.raises(Refused) as refused:
        parse(text)
    assert (refused.value.code, refused.value.detail["line"]) == (code, line)
    assert refused.value.detail["errors"][0]["field"] == f"line {line}"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "captions.no_cues"),
        (b"WEBVTT\n\nNOTE nothing\n", "captions.no_cues"),
        (b"Dear Sir or Madam,\n\nplease find", "captions.no_cues"),
        (b"\x00\x01\x02\xff\xfe" * 500, "captions.no_cues"),
        (b"\x1aE\xdf\xa3" + bytes(range(256)) * 40, "captions.no_cues"),
        (b"[Script Info]\nScriptType: v4.00+\n", "captions.format"),
        (b"<?xml version='1.0'?><tt/>", "captions.format"),
        (b"{1}{25}Hello", "captions.format"),
        (b"{\\rtf1 00:01 --> 00:02", "captions.format"),
    ],
)
def test_what_is_no_caption_file_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_file(data)
    assert refused.value.code == code


def _many(count: int, text: str = "x") -> str:
    return "".join(f"{n // 60:02d}:{n % 60:02d}.000 --> {n // 60:02d}:{n % 60:02d}.900\n{text}\n\n" for n in range(count))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * (MAX_BYTES + 1), "captions.too_large"),
        (_many(20_001), "captions.too_many_cues"),
        ("00:00:00.000 --> 12:00:00.000\n" + "x" * 5_000 + "\n\n", "captions.too_dense"),
    ],
)
def test_there_is_a_limit_to_everything(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_file(text.encode())
    assert (refused.value.code, refused.value.kind) == (code, ErrorKind.TOO_LARGE)


def test_the_largest_file_that_is_allowed_is_read() -> None:
    text = _many(20_000, "x" * 60)
    assert len(text) <= MAX_BYTES
    assert len(parse_file(text.encode())) == 20_000


@pytest.mark.parametrize(
    "line",
    ["<" * 5_000, "<b" * 2_500, "{\\" * 2_500, "&" * 5_000, "<v " * 1_600, "1:" * 2_500, "a-->" * 1_200, " " * 4_999 + ">"],
)
def test_no_line_takes_long_to_read(line: str) -> None:
    # Quadratic behaviour would show as the test's time limit: this is near the largest file of such lines.
    text = "".join(f"{n // 60:02d}:{n % 60:02d}.000 --> {n // 60:02d}:{n % 60:02d}.900\n{line}\n\n" for n in range(400))
    assert len(parse(text)) in (0, 400)


def test_a_file_of_line_ends_alone_is_read_once() -> None:
    # From each CR on it would take an hour and a half, during which nothing else runs.
    with pytest.raises(Refused, match="No captions"):
        parse_file(b"\r" * (MAX_BYTES - 1) + b"x")
