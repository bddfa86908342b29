"""CPU time (user + system) of processes, with that of their children that have ended."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took, in seconds, and how many bytes of video and sound came out."""

    wall_s: float
    cpu_s: float
    other_cpu_s: float = 0.0
    """CPU of everything around the encode: API, dispatcher, PostgreSQL, Redis."""
    size: int = 0


def _fields(pid: int) -> list[str]:
    # The name in parentheses may hold spaces.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree_cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds of these processes, their living descendants and all descendants that were waited for."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int(_fields(int(entry.name))[1]), []).append(int(entry.name))
            except OSError:
                continue
    total, todo = 0.0, list(pids)
    while todo:
        pid = todo.pop()
        try:
            total += sum(int(value) for value in _fields(pid)[11:15]) / _TICK
        except OSError:
            continue
        todo += parents.get(pid, [])
    return total


def measure(commands: Sequence[Sequence[str]], cwd: Path) -> Cost:
    """Run commands one after another in `cwd` and say what they took."""
    times, began = os.times(), time.monotonic()
    for command in commands:
        subprocess.run(command, cwd=cwd, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - began, os.times()
    cpu = after.children_user - times.children_user + after.children_system - times.children_system
    return Cost(wall, cpu, size=sum(path.stat().st_size for path in cwd.rglob("*.m4s")))
