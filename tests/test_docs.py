"""What the documentation names is there, and what operators have to know is named."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rich_click as click
from pydantic_settings import BaseSettings

from core.all_jobs import KINDS
from core.media_jobs import ENCODE_CHUNK, FIRST_RUNGS_PRIORITY, LARGE_RUNGS_PRIORITY, LEAD_PRIORITY
from core.settings import Settings
from ops.cli.root import root

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("ops/deploy/**/*.md"), *ROOT.glob("bench/*.md")])
_LINK = re.compile(r"\]\((?P<target>[^)#\s]*)(?:#(?P<place>[^)\s]+))?\)")
_FOLDERS = "api|bench|core|db|docs|domain|ops|pipelines|requirements|storage|tests|transcoding|web|workers"
_PATH = re.compile(rf"`(?P<path>(?:{_FOLDERS})/[A-Za-z0-9_./-]*)(?:::[a-z0-9_.]+)?`")
_VARIABLE = re.compile(r"AULA_[A-Z0-9_]+")
_VERB = re.compile(r"\baula ([a-z-]+)")


def _text(name: str) -> str:
    return (ROOT / name).read_text()


def _variables(group: type[BaseSettings]) -> Iterator[str]:
    for name, field in group.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseSettings):
            yield from _variables(kind)
        else:
            yield f"AULA_{name.upper()}"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for found in _LINK.finditer(text):
        target, place = found["target"], found["place"]
        if "://" in target or target.startswith("mailto:"):
            continue
        to = (page.parent / target).resolve() if target else page
        assert to.exists(), target
        assert place is None or place in _anchors(to), found[0]
    for found in _PATH.finditer(text):
        assert (ROOT / found["path"]).exists(), found["path"]


def test_every_setting_has_a_row() -> None:
    rows = "\n".join(line.split("|")[1] for line in _text("docs/operations.md").splitlines() if line.startswith("| `AULA_"))
    assert set(_VARIABLE.findall(rows)) == set(_variables(Settings))


def test_every_kind_of_job_has_a_row_with_its_queue_and_its_priority() -> None:
    rows = {}
    for line in _text("docs/engine.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[1].startswith("`"):
            rows[cells[1].strip("`")] = (cells[0], [int(number) for number in cells[2].split(", ")], int(cells[3]))
    expected = {kind.name: (kind.queue.value, [kind.priority], kind.max_attempts) for kind in KINDS}
    head = [FIRST_RUNGS_PRIORITY, LEAD_PRIORITY, LARGE_RUNGS_PRIORITY, ENCODE_CHUNK.priority]
    expected[ENCODE_CHUNK.name] = (ENCODE_CHUNK.queue.value, head, ENCODE_CHUNK.max_attempts)
    assert rows == expected


def test_verbs_that_are_named_exist() -> None:
    named = {
        verb
        for page in PAGES
        for code in re.findall(r"`[^`\n]+`|```[^`]+```", page.read_text())
        for verb in _VERB.findall(code)
    }
    assert named <= set(root.list_commands(click.Context(root)))


def test_every_decision_is_in_the_list() -> None:
    records = {page.name for page in (ROOT / "docs" / "adr").glob("0*.md")}
    assert set(re.findall(r"\((0[0-9a-z-]+\.md)\)", _text("docs/adr/README.md"))) == records
