"""What was measured on: cores, memory, versions, date; nothing that names a person or a place."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def describe(ffmpeg: Path) -> str:
    """One line about machine, versions and date."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = subprocess.run([str(ffmpeg), "-version"], capture_output=True, text=True, check=True).stdout.split()[2]
    cores = len(os.sched_getaffinity(0))
    today = datetime.now(UTC).date().isoformat()
    return f"{today}, {cores} cores of {_cpu_model()}, {memory:.0f} GiB, Python {platform.python_version()}, ffmpeg {version}"


def load() -> float:
    """The machine's load of the last minute: figures taken beside other work are worth less."""
    return os.getloadavg()[0]
