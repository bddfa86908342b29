"""Cue text: from whatever markup an editor wrote to the safe subset of WebVTT, and from there to plain text.

The subset is built anew from tokens, nothing is passed through: tags are of four kinds, closed in the right order, and every
other `<`, `>` and `&` is escaped. So no `-->` and no markup of a player's own can come out of a file.
"""

import html
import re

# <b>, </i>, <font color="red">, <v.loud Anna>, <00:00:01.000>: what some caption format uses as markup. The rest is text.
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z]{1,8})(?P<rest>[.\s/][^<>]{0,500})?>|<[\d:.]{5,14}>")
_ALIASES = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "v": "v"}
# Known and dropped; what they enclose stays.
_DROPPED = frozenset({"c", "lang", "ruby", "rt", "font", "span", "s", "strike", "p", "br"})
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});")
_OVERRIDE = re.compile(r"\{\\[^{}]{0,500}\}")
_ALIGNMENT = re.compile(r"\{\\an([1-9])\}")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SPACES = re.compile(r"[ \t]+")
_OUR_TAG = re.compile(r"<[^>]*>")
_VOICE = re.compile(r"<v (?P<who>[^>]*)>|</v>")


def safe_text(raw: str) -> str:
    """Cue text in the safe subset from a cue's lines. Empty when nothing would be shown."""
    raw = _OVERRIDE.sub("", raw)
    pieces: list[str] = []
    open_tags: list[str] = []
    at = 0
    for match in _TAG.finditer(raw):
        pieces.append(_escape(_plain(raw[at : match.start()])))
        pieces.append(_tag(match, open_tags))
        at = match.end()
    pieces.append(_escape(_plain(raw[at:])))
    pieces += [f"</{name}>" for name in reversed(open_tags)]
    lines = [_SPACES.sub(" ", line).strip() for line in "".join(pieces).split("\n")]
    # A blank line would end the cue.
    text = "\n".join(line for line in lines if line)
    return text if plain_text(text).strip() else ""


def _tag(match: re.Match[str], open_tags: list[str]) -> str:
    """The tag as we write it: closing one closes what was opened inside, opening one twice does nothing."""
    name = (match["name"] or "").lower()
    if name == "br":
        return "\n"
    ours = _ALIASES.get(name)
    if ours is None:
        known = not name or name in _DROPPED
        return "" if known else _escape(match.group())
    if ours == "v" and not match["close"]:
        return _voice(match["rest"] or "", open_tags)
    if (ours in open_tags) != bool(match["close"]):
        return ""
    if match["close"]:
        return _close(ours, open_tags)
    open_tags.append(ours)
    return f"<{ours}>"


def _close(name: str, open_tags: list[str]) -> str:
    inner = open_tags[open_tags.index(name) :]
    del open_tags[open_tags.index(name) :]
    return "".join(f"</{tag}>" for tag in reversed(inner))


def _voice(rest: str, open_tags: list[str]) -> str:
    """`<v.loud Anna>` as `<v Anna>`, after the end of the voice before; a voice without a name is none."""
    before = "".join(f"</{tag}>" for tag in reversed(open_tags))
    reopened = [tag for tag in open_tags if tag != "v"]
    annotation = rest.partition(" ")[2] if rest.startswith(".") else rest
    # A dash at the end would make an arrow of the tag's own bracket.
    speaker = _escape(" ".join(_plain(annotation).split()).strip("/- "))
    if not speaker:
        return ""
    open_tags[:] = ["v", *reopened]
    return f"{before}<v {speaker}>" + "".join(f"<{tag}>" for tag in reopened)


def _plain(text: str) -> str:
    """Entities as characters, without control characters (which an entity may name)."""
    decoded = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    return _CONTROLS.sub(" ", decoded)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain_text(text: str) -> str:
    """Safe cue text without its tags, for reading: lines stay lines."""
    return _OUR_TAG.sub("", text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def voices(text: str) -> list[tuple[str | None, str]]:
    """Who says what in a safe cue text: (speaker or None, plain text), in order."""
    said: list[tuple[str | None, str]] = []
    at, who = 0, None
    for match in _VOICE.finditer(text):
        said.append((who, plain_text(text[at : match.start()])))
        at, who = match.end(), plain_text(match["who"]) if match["who"] else None
    said.append((who, plain_text(text[at:])))
    return [(speaker, words) for speaker, words in said if words.strip()]


def placement(raw: str) -> str:
    """Cue settings for the `{\\an8}` of SubRip and ASS, which says where on the screen, by the keys of a numeric pad."""
    found = _ALIGNMENT.search(raw)
    if found is None:
        return ""
    row, column = divmod(int(found[1]) - 1, 3)
    line = ("", "line:50%", "line:0")[row]
    return " ".join(filter(None, (line, ("align:start", "", "align:end")[column])))
