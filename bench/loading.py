"""Servers under load: which cores they run on, how often they answer, how two of them compare."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.report import Table

_SECONDS = 1.5
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Rate:
    """What one run of the load generator saw."""

    requests_s: float
    bytes_s: float
    client_cpu: float
    """Of one core."""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def pin(pid: int, cores: set[int]) -> None:
    """Have a process run on these cores alone."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def load(port: int, paths: list[str], cores: set[int]) -> Rate:
    """Ask for `paths` in turn with kept connections for a moment, from a process of its own on `cores`."""
    command = [sys.executable, "-m", "bench.load", "127.0.0.1", str(port), str(CONNECTIONS), str(_SECONDS), *paths]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        os.sched_setaffinity(process.pid, cores)
        out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("the load generator failed")
    requests, size, took, cpu = (float(word) for word in out.split())
    return Rate(requests / took, size / took, cpu / took)


def rate(work: Callable[[], object], threads: int, seconds: float) -> float:
    """How often a second `work` gets done by so many threads."""
    ends = time.perf_counter() + seconds

    def repeat() -> int:
        done = 0
        while time.perf_counter() < ends:
            work()
            done += 1
        return done

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        done = sum(each.result() for each in [pool.submit(repeat) for _ in range(threads)])
    return done / (time.perf_counter() - began)


def compare(table: Table, name: str, pairs: list[tuple[float, float]]) -> None:
    """A row of medians; the ratio is that of each round."""
    theirs, ours = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(b / a for a, b in pairs)
    digits = 0 if theirs >= 100 else 1
    table.add(name, f"{theirs:,.{digits}f}", f"{ours:,.{digits}f}", f"{ratio:.2f}")
