"""Whatever markup comes in, the safe subset comes out."""

import random
import re

import pytest

from core.captions.markup import placement, plain_text, safe_text, voices

SAFE = re.compile(r"(?:[^<>&]|&amp;|&lt;|&gt;|</?[biu]>|<v [^<>&]*(?:&(?:amp|lt|gt);[^<>&]*)*>|</v>)*")


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("plain", "plain"),
        ("<b>bold</b> <i>slanted</i> <u>line</u>", "<b>bold</b> <i>slanted</i> <u>line</u>"),
        ("<B>loud</B> <em>soft</em> <strong>strong</strong>", "<b>loud</b> <i>soft</i> <b>strong</b>"),
        ("<b>never closed", "<b>never closed</b>"),
        ("never opened</b>", "never opened"),
        ("<b><i>crossed</b></i>", "<b><i>crossed</i></b>"),
        ("<b><b>twice</b></b>", "<b>twice</b>"),
        ("<b class='x' onclick=\"evil()\">no attributes</b>", "<b>no attributes</b>"),
        ('<font color="#ff0000">red</font>', "red"),
        ("<c.yellow.bg_blue>classes</c>", "classes"),
        ("<00:00:01.500>karaoke<00:00:02.000> goes", "karaoke goes"),
        ("<ruby>漢<rt>kan</rt></ruby>", "漢kan"),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("<v Anna>Hello</v>", "<v Anna>Hello</v>"),
        ("<v.loud.angry Anna Maria>Hello", "<v Anna Maria>Hello</v>"),
        ("<v Anna>Hi <i>you<v Ben>Ho</i>", "<v Anna>Hi <i>you</i></v><v Ben><i>Ho</i></v>"),
        ("<v>nobody</v>", "nobody"),
        ("<v A&B>Hello", "<v A&amp;B>Hello</v>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("I <3 you & 1 < 2 > 0", "I &lt;3 you &amp; 1 &lt; 2 &gt; 0"),
        ("a --> b", "a --&gt; b"),
        ("AT&T, Q&amp;A, &lt;tag&gt;, &nbsp;&quot;quoted&quot;", 'AT&amp;T, Q&amp;A, &lt;tag&gt;, \xa0"quoted"'),
        ("&lt;script&gt; and &#60;b&#62; and &#x3c;i", "&lt;script&gt; and &lt;b&gt; and &lt;i"),
        ("&amp;lt;b&amp;gt;", "&amp;lt;b&amp;gt;"),
        ("zero&#0;&#10;line", "zero\ufffd\nline"),
        ("{\\an8}{\\pos(1,2)}above {not code}", "above {not code}"),
        ("  spaces \t and\u2028separators  ", "spaces and separators"),
        ("first\n\n\n second\n", "first\nsecond"),
        ("שלום\u200f العربية", "שלום\u200f العربية"),
        ("<i></i><b> </b>", ""),
        ("\xa0\n \t", ""),
    ],
)
def test_markup_is_reduced_to_the_safe_subset(raw: str, safe: str) -> None:
    assert safe_text(raw) == safe


def test_no_mixture_of_fragments_gets_through() -> None:
    fragments = [
        "<",
        ">",
        "</",
        "<b>",
        "</b>",
        "<i.x>",
        "<v ",
        "<v A>",
        "</v>",
        "&",
        "&lt;",
        "&#60;",
        "&#x3e;",
        "-->",
        "\n",
        "{\\",
    ]
    fragments += ["}", "<c>", "<script>", "text", " ", "\x00", "\x0b", "\u2028", "<00:00:01.000>", "/>", "<br/>", "&amp;", ";"]
    chance = random.Random(7)
    for _ in range(5_000):
        raw = "".join(chance.choice(fragments) for _ in range(chance.randrange(1, 14)))
        safe = safe_text(raw)
        assert SAFE.fullmatch(safe), (raw, safe)
        assert "-->" not in safe
        assert "\n\n" not in safe
        for tag in ("b", "i", "u", "v"):
            assert len(re.findall(rf"<{tag}[ >]", safe)) == safe.count(f"</{tag}>"), (raw, safe)
        assert safe_text(safe) == safe, raw


def test_plain_text_is_what_people_read() -> None:
    assert plain_text("<v Anna>1 &lt; 2 &amp;amp; <i>3</i></v>\nnext") == "1 < 2 &amp; 3\nnext"


def test_voices_tell_who_says_what() -> None:
    assert voices("plain") == [(None, "plain")]
    assert voices("<v Anna>Hi</v>\n<v Ben &amp; Co>Ho</v> so") == [("Anna", "Hi"), ("Ben & Co", "Ho"), (None, " so")]


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        (1, "align:start"),
        (2, ""),
        (3, "align:end"),
        (5, "line:50%"),
        (7, "line:0 align:start"),
        (8, "line:0"),
        (9, "line:0 align:end"),
    ],
)
def test_the_numeric_pad_says_where(key: int, settings: str) -> None:
    assert placement(f"{{\\an{key}}}text") == settings
