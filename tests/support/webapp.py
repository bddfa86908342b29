"""The built page: made from web/ by the wheel's own Node when it is missing or older than its sources."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
NODE_BIN = Path(sys.executable).parent
NODE = NODE_BIN / "node"
# In node_modules, so that it goes when they go; both are out of git.
_STAMP = WEB / "node_modules" / ".aula-built-from"


def _sources() -> list[Path]:
    names = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
    folders = (WEB / "src", WEB / "public")
    return sorted([WEB / name for name in names] + [p for folder in folders for p in folder.rglob("*") if p.is_file()])


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _npm(*arguments: str) -> None:
    env = os.environ | {"PATH": f"{NODE_BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([str(NODE_BIN / "npm"), *arguments], cwd=WEB, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"npm {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}"


def built() -> Path:
    """web/dist, up to date; other test processes wait while one builds."""
    folder = os.open(WEB, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        packages, everything = _digest([WEB / "package-lock.json"]), _digest(_sources())
        had = _STAMP.read_text().split() if _STAMP.is_file() else []
        if packages not in had:
            _npm("ci")
        if everything not in had or not (WEB / "dist" / "index.html").is_file():
            _npm("run", "build")
            _STAMP.write_text(f"{packages} {everything}")
    finally:
        os.close(folder)
    return WEB / "dist"
