"""The page's types are made from the API's document, and they are those of today's API."""

import json
import subprocess
from pathlib import Path

from api.app import create_app
from tests.support.settings import make_settings
from tests.support.webapp import NODE, WEB

HOW = "the API has changed: npm --prefix web run --silent api-types < openapi.json"


def test_the_pages_types_are_those_of_the_api(tmp_path: Path) -> None:
    document = create_app(make_settings(tmp_path)).openapi_schema.to_schema()
    made = subprocess.run(
        [str(NODE), str(WEB / "scripts/api-types.mjs")], input=json.dumps(document), capture_output=True, text=True, check=True
    )
    assert made.stdout == (WEB / "src/api/schema.d.ts").read_text(), HOW
