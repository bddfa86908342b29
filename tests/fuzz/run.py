"""Runs schemathesis against a server, as somebody with one role or as nobody."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is generated: examples for each operation, which phases, and the seconds after which the rest is left out."""

    examples: int
    phases: str = "examples,coverage,fuzzing,stateful"
    workers: int = 1


def fuzz(url: str, database_url: str, role: str, extent: Extent, log: Path, *more: str) -> int:
    """The exit status of schemathesis; what it says is in `log`."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(_HERE / "schemathesis.toml"), "run"),
        *(f"{url}/schema/openapi.json", "--checks", "all", "--phases", extent.phases, "--max-examples", str(extent.examples)),
        *("--workers", str(extent.workers), "--continue-on-failure", "--generation-database", "none", "--no-color"),
        *("--request-timeout", "30", "--suppress-health-check", "all", "--warnings", "off", *more),
    ]
    env = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "AULA_FUZZ_URL": url,
        "AULA_FUZZ_DATABASE": database_url,
        "AULA_FUZZ_ROLE": role,
    }
    with log.open("wb") as out:
        return subprocess.run(command, cwd=_ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
