"""An OpenID Connect provider on loopback: `oidc-provider-mock`, whose ID tokens a test may have changed on their way."""

import json
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import flask
import jwt
from authlib.deprecate import AuthlibDeprecationWarning
from httpx import AsyncClient, Response
from joserfc import jwt as jose
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

with warnings.catch_warnings():
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    import oidc_provider_mock
    from oidc_provider_mock._storage import storage

Claims = dict[str, Any]


@dataclass
class Provider:
    """The provider that runs. `forge`, once set, makes the ID token from the claims and the provider's key."""

    issuer: str = ""
    accounts: dict[str, Claims] = field(default_factory=dict)
    forge: Callable[[Claims, RSAKey], str] | None = None
    thin: bool = False
    """ID tokens tell no more than they have to; the rest has to be asked for."""

    async def agree(self, client: AsyncClient, address: str, subject: str) -> Response:
        """Sign in at the provider as `subject` and let it send the browser back, whose last answer this is."""
        claims = self.accounts.get(subject, {})
        made = await client.put(f"{self.issuer}/users/{subject}", json=claims)
        assert made.status_code == 204, made.text
        assert (await client.get(address)).status_code == 200
        return await client.post(address, data={"sub": subject})


def signed(claims: Claims, key: RSAKey, algorithm: str = "RS256", **header: Any) -> str:
    """What the provider itself would say."""
    return jose.encode({"alg": algorithm, **header}, claims, key, algorithms=[algorithm])


def _changed(provider: Provider, response: flask.Response) -> flask.Response:
    if flask.request.path != "/oauth2/token" or response.status_code != 200:
        return response
    answer = response.get_json()
    claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
    key = RSAKey.import_key(storage.jwk.as_dict(is_private=True))
    if provider.thin:
        answer["id_token"] = signed({k: v for k, v in claims.items() if k not in ("email", "email_verified", "name")}, key)
    elif provider.forge is not None:
        answer["id_token"] = provider.forge(claims, key)
    response.set_data(json.dumps(answer))
    return response


@contextmanager
def run_provider(port: int = 0) -> Iterator[Provider]:
    """A provider in a thread of its own. Whoever comes is who they say they are."""
    provider = Provider()
    app = oidc_provider_mock.app(require_nonce=True)
    # Debugging would show pages instead of failing.
    app.debug = False

    app.after_request(lambda response: _changed(provider, response))
    server = make_server("localhost", port, app, threaded=True)
    provider.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
