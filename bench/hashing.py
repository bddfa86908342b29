"""Argon2 alone: `python -m bench.hashing MEMORY_KIB THREADS SECONDS` prints how many hashes a second get checked."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from argon2 import PasswordHasher

from bench.loading import rate
from core.settings import ApiSettings

_PASSWORD = "what is hashed makes no difference"


def alone(settings: ApiSettings, seconds: float, env: Mapping[str, str]) -> float:
    """Hashes a second at the configured memory and concurrency, in a process of its own with `env` besides its environment."""
    arguments = [str(settings.argon2_memory_kib), str(settings.argon2_concurrency), str(seconds)]
    command = [sys.executable, "-m", "bench.hashing", *arguments]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, env={**os.environ, **env}, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Hash as the arguments say."""
    memory_kib, threads, seconds = sys.argv[1:]
    hasher = PasswordHasher(time_cost=2, memory_cost=int(memory_kib), parallelism=1)
    stored = hasher.hash(_PASSWORD)
    print(rate(lambda: hasher.verify(stored, _PASSWORD), int(threads), float(seconds)))


if __name__ == "__main__":
    main()
