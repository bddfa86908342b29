"""Writes the page's API types anew from today's routes: `make api-types`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from pydantic import SecretStr

from api.app import create_app
from core.settings import DatabaseSettings, RedisSettings, SecretSettings, Settings, StorageSettings

_WEB = Path(__file__).resolve().parents[2] / "web"
FILES = {"schema": _WEB / "src/api/schema.d.ts", "operations": _WEB / "src/api/operations.ts"}


def document() -> dict[str, Any]:
    """The API's OpenAPI document. Nothing is contacted for it, so the settings lead nowhere."""
    settings = Settings(
        database=DatabaseSettings(database_url="postgresql://nobody@/none?host=/nonexistent"),
        redis=RedisSettings(redis_url="unix:///nonexistent/redis.sock"),
        storage=StorageSettings(storage_url="file:///nonexistent"),
        secrets=SecretSettings(secret_key=SecretStr("x" * 32), signing_keys=SecretStr(f"k1:{'x' * 32}")),
    )
    schema: dict[str, Any] = create_app(settings).openapi_schema.to_schema()
    return schema


def made(document: dict[str, Any], node: str | Path = "node") -> dict[Path, str]:
    """What each file has to say."""
    text = msgspec.json.encode(document).decode()
    command = [str(node), str(_WEB / "scripts/api-types.mjs")]
    return {
        path: subprocess.run([*command, name], input=text, capture_output=True, text=True, check=True).stdout
        for name, path in FILES.items()
    }


def main() -> int:
    """Write the files; they are the same for the same routes."""
    for path, text in made(document()).items():
        path.write_text(text)
        print(f"api-types: {path.relative_to(_WEB.parent)} has {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
