"""What one run of the demo found, as one JSON object and as a table for people."""

import json
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from ops.demo.verification.check import Findings
from ops.demo.verification.probe import SourceFacts
from ops.demo.verification.tracks import TrackReport


@dataclass(slots=True)
class Report:
    """Everything that `aula demo --json` prints; times in seconds, None where a run did not get that far."""

    source: SourceFacts = field(default_factory=SourceFacts)
    asset_id: str | None = None
    upload_s: float | None = None
    first_playable_s: float | None = None
    stall_s: float | None = None
    ready_s: float | None = None
    manifest_url: str | None = None
    jobs_total: int | None = None
    jobs_attempts: int | None = None
    findings: Findings = field(default_factory=Findings)
    error_code: str | None = None
    error_message: str | None = None

    @property
    def ok(self) -> bool:
        """True only when something was verified and nothing was wrong."""
        found = self.findings
        return self.error_code is None and not found.problems and bool(found.rungs or found.audio)

    def fail(self, code: str, message: str) -> None:
        """Note why the run did not succeed; the first reason stands."""
        if self.error_code is None:
            self.error_code, self.error_message = code, message

    def as_dict(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        source = self.source
        error = None if self.error_code is None else {"code": self.error_code, "message": self.error_message}
        if error is None and self.findings.problems:
            error = {"code": "demo.unverified", "message": "; ".join(self.findings.problems)}
        return {
            "asset_id": self.asset_id,
            "source": {
                "duration_s": source.duration_s,
                "width": source.width,
                "height": source.height,
                "codec": source.codec,
                "frames": source.frames,
            },
            "upload_s": _rounded(self.upload_s),
            "first_playable_s": _rounded(self.first_playable_s),
            "stall_s": _rounded(self.stall_s),
            "ready_s": _rounded(self.ready_s),
            "rungs": [_rung(track) for track in self.findings.rungs],
            "audio": [{key: value for key, value in _rung(t).items() if key in _AUDIO_KEYS} for t in self.findings.audio],
            "av_offset_ms": self.findings.av_offset_ms,
            "manifest_url": self.manifest_url,
            "unsigned_status": self.findings.unsigned_status,
            "jobs": {"total": self.jobs_total, "attempts": self.jobs_attempts},
            "problems": self.findings.problems,
            "error": error,
            "ok": self.ok,
        }

    def as_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.as_dict())


_AUDIO_KEYS = ("name", "codecs", "segments", "bytes")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _rung(track: TrackReport) -> dict[str, Any]:
    return {
        "name": track.name,
        "width": track.width,
        "height": track.height,
        "codecs": track.codecs,
        "bandwidth": track.bandwidth,
        "segments": track.segments,
        "frames": track.frames,
        "bytes": track.bytes,
    }


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def print_report(console: Console, report: Report) -> None:
    """Print the findings as tables, and what went wrong if anything did."""
    rungs = Table(title="What came out", title_justify="left")
    for heading in ("rung", "size", "codecs", "segments", "frames", "kB"):
        rungs.add_column(heading, justify="left" if heading in ("rung", "codecs") else "right")
    for t in [*report.findings.rungs, *report.findings.audio]:
        size = f"{t.width}x{t.height}" if t.height else ""
        rungs.add_row(t.name, size, t.codecs, str(t.segments), str(t.frames or ""), f"{t.bytes // 1000}")
    facts = Table.grid(padding=(0, 2))
    offset = report.findings.av_offset_ms
    for name, value in (
        ("upload", _seconds(report.upload_s)),
        ("first playable", _seconds(report.first_playable_s)),
        ("a viewer since then waited", _seconds(report.stall_s)),
        ("every rung whole", _seconds(report.ready_s)),
        ("sound against picture", "-" if offset is None else f"{offset:+.1f} ms"),
        ("manifest without a signature", str(report.findings.unsigned_status or "-")),
        ("jobs / attempts", f"{report.jobs_total or '-'} / {report.jobs_attempts or '-'}"),
    ):
        facts.add_row(name, value)
    if report.findings.rungs or report.findings.audio:
        console.print(rungs)
    console.print(facts)
    answer = report.as_dict()
    if report.ok:
        console.print("[bold green]Verified:[/] every segment of every track was fetched and decoded.")
    elif answer["error"]:
        console.print(f"[bold red]Not verified:[/] {answer['error']['message']} [dim]({answer['error']['code']})[/]")
    if report.manifest_url and report.ok:
        console.print(f"Signed stream: {report.manifest_url}", soft_wrap=True)
