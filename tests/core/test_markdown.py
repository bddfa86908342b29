"""Markdown becomes HTML that may stand in any page: nothing of an author's runs, and nothing is fetched from elsewhere."""

import re
import sys
import threading
from types import FrameType
from typing import Any

import pytest

from core import markdown
from core.markdown import AT_ONCE, all_image_references, image_references, render, render_all

FILE = "0190b3a0-1111-7222-8333-444455556666"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Title", "<h1>Title</h1>"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("```python\nx < 1\n```", '<pre><code class="language-python">x &lt; 1\n</code></pre>'),
        ("[a](https://x.org)", '<p><a href="https://x.org" rel="nofollow noopener">a</a></p>'),
        ("[a](/courses/b)", '<p><a href="/courses/b" rel="nofollow noopener">a</a></p>'),
        ("<ada@example.org>", '<p><a href="mailto:ada@example.org" rel="nofollow noopener">ada@example.org</a></p>'),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("", ""),
    ],
)
def test_what_authors_write_is_shown(text: str, html: str) -> None:
    assert render(text).strip() == html


def test_tables_are_shown() -> None:
    html = render("|a|b|\n|-|-|\n|1|2|")
    assert html.count("<th>") == html.count("<td>") == 2


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe src='https://x.org'></iframe>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](java\nscript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](vbscript:x)",
        "<javascript:alert(1)>",
        "![a](javascript:alert(1))",
        "![a](https://tracker.example/x.png)",
        "![a](//tracker.example/x.png)",
        "![a](/api/v1/users/logout)",
        "![a](http://127.0.0.1/x)",
        '![a](/stream/x.png "\\" onerror=\\"alert(1)")',
        '```"><script>alert(1)</script>\nx\n```',
        "[a]: javascript:alert(1)\n\n[a]",
        '<a href="https://x.org" style="position:fixed" onclick="alert(1)">a</a>',
        "<style>*{display:none}</style>",
        "<svg onload=alert(1)>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched_from_elsewhere(text: str) -> None:
    # What stands in a title is text.
    tags = [re.sub(r'title="[^"]*"', "", tag) for tag in re.findall(r"<[a-z][^>]*>", render(text))]
    assert not [tag for tag in tags if re.search(r"script|\son|style|javascript|data:|iframe|svg|tracker|127\.0|/api/", tag)], (
        tags
    )


def test_pictures_get_their_address_from_who_renders() -> None:
    text = f"![A map](file:{FILE} 'Here') and ![gone](file:{FILE[:-1]}7)"
    html = render(text, lambda source: "/stream/signed/map.png" if source == f"file:{FILE}" else None)
    assert '<img src="/stream/signed/map.png" alt="A map" title="Here" loading="lazy">' in html
    assert "and gone" in html
    assert "file:" not in html


def test_without_one_only_the_words_of_a_picture_are_shown() -> None:
    assert render(f"![A map](file:{FILE})").strip() == "<p>A map</p>"


def test_pictures_that_a_text_refers_to_are_named_once() -> None:
    text = f"![a](file:{FILE})\n\n> ![b](file:{FILE.upper()}) ![c](https://x.org/y.png) `![d](file:{FILE[:-1]}7)`"
    assert image_references(text) == [FILE]


@pytest.mark.parametrize("piece", ["[", "![a](", "> ", "`", "|a", "- ", "<", "[a](<b", "*a_ ", "\\`", "***a"])
def test_hostile_nesting_ends(piece: str) -> None:
    assert isinstance(render(piece * (20_000 // len(piece))), str)


def _steps(text: str) -> int:
    """How many functions are called to read `text`."""
    count = 0

    def note(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        markdown.image_references(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece", ["[", "![", "[![", "[*a", "*a **b ", "***a", "*_", "~~a", "[a](b", "[a][", "- a\n", "`a``", "> "]
)
def test_what_is_twice_as_long_takes_twice_the_steps(piece: str) -> None:
    _steps(piece)
    once, twice = (_steps(piece * (length // len(piece))) for length in (2000, 4000))
    assert twice < 2.3 * once + 200


async def test_long_texts_are_read_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    read = markdown.render, markdown.image_references

    def noted(which: int) -> Any:
        def note(text: str, *more: Any) -> Any:
            seen.append(threading.current_thread() is threading.main_thread())
            return read[which](text, *more)

        return note

    monkeypatch.setattr(markdown, "render", noted(0))
    monkeypatch.setattr(markdown, "image_references", noted(1))
    short, long = f"![a](file:{FILE})", f"![a](file:{FILE}) " + "[" * AT_ONCE
    assert await render_all([short]) == ["<p>a</p>\n"]
    assert await all_image_references([short, "b"]) == [[FILE], []]
    assert set(seen) == {True}
    seen.clear()
    assert (await render_all(["*b*", long]))[0] == "<p><em>b</em></p>\n"
    assert await all_image_references([long]) == [[FILE]]
    # Many short ones are as bad as a long one.
    assert len(await render_all(["abcd "] * AT_ONCE)) == AT_ONCE
    assert set(seen) == {False}
