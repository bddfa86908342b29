"""The house rules' own rules: a check that can't fail is none."""

import json
import subprocess
from pathlib import Path

import pytest

from ops.checks import audit, sizes


def test_long_files_and_functions_are_found(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    body = "\n".join(f"    x{i} = {i}" for i in range(60))
    (tmp_path / "api" / "long.py").write_text(f"def f():\n{body}\n" + "# more\n" * 340)
    (tmp_path / "web" / "src").mkdir(parents=True)
    lines = "\n".join("  x();" for _ in range(60))
    (tmp_path / "web" / "src" / "page.tsx").write_text(f"export function Page() {{\n{lines}\n}}\n")
    assert sizes.check(tmp_path) == [
        "api/long.py: 401 lines (at most 400)",
        "api/long.py:1: f takes 61 lines (at most 60)",
        "web/src/page.tsx:1: export function Page() { takes 62 lines (at most 60)",
    ]


def test_the_longest_that_is_allowed_passes(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    body = "\n".join(f"    x{i} = {i}" for i in range(59))
    (tmp_path / "core" / "fits.py").write_text(f"def f():\n{body}\n" + "# more\n" * 340)
    assert sizes.check(tmp_path) == []


def _answer(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str, status: int) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, status, stdout, stderr)

    monkeypatch.setattr("ops.checks.audit.subprocess.run", run)


def test_a_known_vulnerability_fails_the_audit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    flaw = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    _answer(monkeypatch, json.dumps({"dependencies": [{"name": "left", "version": "1.0", "vulns": [flaw]}]}), "", 1)
    assert audit.main() == 1
    assert "left 1.0 has PYSEC-1; mended in 2.0" in capsys.readouterr().err


def test_a_clean_audit_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, json.dumps({"dependencies": [{"name": "left", "version": "1.0", "vulns": []}]}), "", 0)
    assert audit.main() == 0


def test_an_unreachable_service_is_said_and_does_not_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _answer(monkeypatch, "", "requests.exceptions.ConnectionError: no route", 1)
    assert audit.main() == 0
    assert "NOT DONE" in capsys.readouterr().err


def test_a_broken_audit_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, "", "error: unknown option", 2)
    assert audit.main() == 1
