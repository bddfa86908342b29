"""The built page: made from web/ by the wheel's own Node when it is missing or older than its sources."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
NODE_BIN = Path(sys.executable).parent
NODE = NODE_BIN / "node"
_PACKAGES = WEB / "node_modules" / ".package-lock.json"
_PAGE = WEB / "dist" / "index.html"


def _sources() -> list[Path]:
    names = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
    folders = (WEB / "src", WEB / "public")
    return [WEB / name for name in names] + [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def _is_current(made: Path, sources: list[Path]) -> bool:
    """The same rule as make's."""
    return made.is_file() and made.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


def _npm(*arguments: str) -> None:
    env = os.environ | {"PATH": f"{NODE_BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([str(NODE_BIN / "npm"), *arguments], cwd=WEB, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"npm {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}"


def built() -> Path:
    """web/dist, up to date; other test processes wait while one builds."""
    folder = os.open(WEB, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not _is_current(_PACKAGES, [WEB / "package.json", WEB / "package-lock.json"]):
            _npm("ci")
        if not _is_current(_PAGE, [_PACKAGES, *_sources()]):
            _npm("run", "build")
    finally:
        os.close(folder)
    return WEB / "dist"
