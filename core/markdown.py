"""Markdown as safe HTML: CommonMark with tables and strikethrough, no HTML of the author's, cleaned once more at the end.

Links may lead anywhere on the web, without telling search engines that we vouch for them. Pictures come from this installation
alone: one from elsewhere would tell its server who reads which lesson, and when. They are written `![What it shows](file:<id>)`
and get an address from whoever renders, because that is signed for the reader.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

ImageAddress = Callable[[str], str | None]
"""Gives what a picture's source refers to (`file:<id>`) its address for this reader; None: it is not to be shown."""

_LINK = re.compile(r"(?:https?://|mailto:|/|#|\?)", re.IGNORECASE)
_FILE = re.compile(r"file:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OWN = re.compile(r"/stream/[^\\]*")
_CODE_CLASS = re.compile(r"language-[A-Za-z0-9+#._-]{1,40}")

T = TypeVar("T")

AT_ONCE = 4000
"""So many characters are read while others wait. Reading takes up to 20 us for each: 50,000 brackets would take a second."""
# One thread: several would only take the interpreter from the event loop more often.
_aside = ThreadPoolExecutor(1, thread_name_prefix="markdown")

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "code", "em", "strong", "s"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "img"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "loading"},
    "ol": {"start"},
    "code": {"class"},
}


def render(text: str, image: ImageAddress | None = None) -> str:
    """`text` as HTML that may stand in a page as it is. Without `image` only pictures with an address of ours are shown."""
    if image is None:
        return _render_plain(text)
    return _clean(_rendered(text, image))


async def render_all(texts: Sequence[str], image: ImageAddress | None = None) -> list[str]:
    """The same for several texts, without holding up the event loop: what is long together is rendered in a thread."""
    return await _each(texts, lambda text: render(text, image))


async def all_image_references(texts: Sequence[str]) -> list[list[str]]:
    """`image_references` of each text, likewise."""
    return await _each([text if "file:" in text else "" for text in texts], image_references)


async def _each(texts: Sequence[str], work: Callable[[str], T]) -> list[T]:
    if sum(map(len, texts)) <= AT_ONCE:
        return [work(text) for text in texts]
    loop = asyncio.get_running_loop()
    # One by one, so that those of others come in between.
    return [await loop.run_in_executor(_aside, work, text) if text else work(text) for text in texts]


def image_references(text: str) -> list[str]:
    """The ids behind `file:` in the pictures of `text`, each once, in order."""
    found = [token.attrGet("src") for token in _inline(_parser().parse(text)) if token.type == "image"]
    return list(dict.fromkeys(str(source)[5:].lower() for source in found if source and _FILE.fullmatch(str(source))))


@lru_cache(maxsize=256)
def _render_plain(text: str) -> str:
    # The same descriptions are asked for again and again.
    return _clean(_rendered(text, lambda source: source if _OWN.fullmatch(source) else None))


def _rendered(text: str, image: ImageAddress) -> str:
    parser = _parser()
    tokens = parser.parse(text)
    for token in _inline(tokens):
        if token.type == "image":
            _place(token, image)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _place(token: Token, image: ImageAddress) -> None:
    address = image(str(token.attrGet("src") or ""))
    if address is None:
        # What it shows stays to be read.
        token.type, token.tag, token.attrs = "text", "", {}
        return
    token.attrSet("src", address)
    token.attrSet("loading", "lazy")


def _inline(tokens: Sequence[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or ()]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Pictures and links are told apart later; the parser only asks whether it may be an address at all.
    parser.validateLink = lambda url: bool(_LINK.match(url) or _FILE.fullmatch(url))  # type: ignore[method-assign]
    # Its rules are compiled with the first text, in which no other thread may take part.
    parser.render("*a*")
    return parser


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    if tag == "code" and attribute == "class":
        return value if _CODE_CLASS.fullmatch(value) else None
    return value
