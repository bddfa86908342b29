"""Signs the generated requests of one role in; read by schemathesis, whose process gets what it needs by its environment.

What is generated may well sign itself out, change its password or delete itself. Then somebody new with the same role goes on:
a run whose account has gone would see nothing but 401s and find nothing.
"""

import asyncio
import os
import secrets
from typing import Any

import asyncpg
import httpx
import schemathesis

_BASE = os.environ["AULA_FUZZ_URL"] + "/api/v1"
_DATABASE = os.environ["AULA_FUZZ_DATABASE"]
_ROLE = os.environ["AULA_FUZZ_ROLE"]


async def _have_role(email: str) -> None:
    connection = await asyncpg.connect(_DATABASE)
    try:
        await connection.execute("UPDATE users SET roles = $1, email_verified_at = now() WHERE email = $2", [_ROLE], email)
    finally:
        await connection.close()


def _arrive(client: httpx.Client) -> str:
    """A new account with the role, signed in; its access token."""
    email, password = f"{_ROLE}-{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(16)
    made = client.post("/users/register", json={"email": email, "password": password, "displayName": _ROLE})
    made.raise_for_status()
    asyncio.run(_have_role(email))
    answer = client.post("/users/login", json={"email": email, "password": password})
    answer.raise_for_status()
    client.cookies.clear()
    return str(answer.json()["accessToken"])


schemathesis.serializer.alias(
    ["application/zip", "application/offset+octet-stream", "image/jpeg", "image/png", "image/webp"], "application/octet-stream"
)

if _ROLE != "anonymous":

    @schemathesis.auth(refresh_interval=None)
    class Bearer:
        """The access token of somebody who is still there."""

        def __init__(self) -> None:
            self._client = httpx.Client(base_url=_BASE, timeout=30)
            self._token = ""

        def get(self, case: Any, context: Any) -> str:
            """A token that works at this moment."""
            headers = {"Authorization": f"Bearer {self._token}"}
            if not self._token or self._client.get("/users/me", headers=headers).status_code != 200:
                self._token = _arrive(self._client)
            return self._token

        def set(self, case: Any, data: str, context: Any) -> None:
            """Send it along."""
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
