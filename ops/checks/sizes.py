"""House rule: no file over 400 lines, no function over 60; medians and 90th percentiles are reported, not judged."""

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_FILE, MAX_FUNCTION = 400, 60

_ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = (
    *("api", "bench", "core", "db", "domain", "gateways", "ops", "pipelines", "storage", "tests", "transcoding", "workers"),
    "web/src",
)
# Generated or grown by append only.
_EXCEPTED = ("db/migrations/", "web/src/api/schema.d.ts", "web/src/api/operations.ts")
# TypeScript by its layout: a function begins where a line opens its body and ends at the first `}` on the same column.
_TS_FUNCTION = re.compile(r"\bfunction\b.*\{$|=>\s*\{$")


@dataclass(frozen=True)
class Function:
    """Where a function is and how many lines it takes, decorators and docstring included."""

    path: Path
    line: int
    name: str
    lines: int


def sources(root: Path = _ROOT) -> Iterator[Path]:
    """Python and TypeScript files that the rule is about."""
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix in {".py", ".ts", ".tsx"} and not name.startswith(_EXCEPTED):
                yield path


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, nested ones too."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield Function(path, first, node.name, (node.end_lineno or first) - first + 1)
        return
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _TS_FUNCTION.search(line):
            end = line[: len(line) - len(line.lstrip())] + "}"
            length = next((i for i, later in enumerate(lines[number + 1 :], start=2) if later.startswith(end)), 1)
            yield Function(path, number + 1, line.strip()[:40], length)


def check(root: Path = _ROOT) -> list[str]:
    """What breaks the rule, one line each."""
    broken = []
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        length = len(path.read_text(encoding="utf-8").splitlines())
        if length > MAX_FILE:
            broken.append(f"{name}: {length} lines (at most {MAX_FILE})")
        broken += [
            f"{name}:{function.line}: {function.name} takes {function.lines} lines (at most {MAX_FUNCTION})"
            for function in functions(path)
            if function.lines > MAX_FUNCTION
        ]
    return broken


def summary(root: Path = _ROOT) -> str:
    """Median, 90th percentile and maximum of files and functions outside the tests."""
    paths = [path for path in sources(root) if path.relative_to(root).parts[0] != "tests"]
    files = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
    parts = [function.lines for path in paths for function in functions(path)]
    return f"files {_figures(files)}, functions {_figures(parts)} (lines: median / p90 / max, without tests)"


def _figures(values: list[int]) -> str:
    if len(values) < 2:
        return "none"
    return f"{statistics.median(values):.0f} / {statistics.quantiles(values, n=10)[-1]:.0f} / {max(values)}"


if __name__ == "__main__":
    problems = check()
    print("\n".join([*problems, f"sizes: {summary()}"]))
    sys.exit(1 if problems else 0)
