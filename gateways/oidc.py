"""OpenID Connect providers: where people are sent, and who the provider says they are when they come back.

Authorization code flow with PKCE (S256). Authlib speaks OAuth; the ID token is verified by joserfc, every claim that matters.
"""

import asyncio
import ssl
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.clock import Clock, utc_now
from core.errors import ErrorKind, Refused, Transient
from core.logging import get_logger
from core.settings import OidcProviderSettings

with warnings.catch_warnings():
    # It would rather have httpx2; httpx is what everything here speaks.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import AsyncOAuth2Client

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures of ID tokens that are taken: none of them can be made with what the client knows."""

_LEEWAY_S = 30
_METADATA_LIFE_S = 3600
# A token that no key verifies is no reason to ask for the keys more often than this.
_RETRY_S = 30
_TYPES = ("RSA", "EC")
_SUBJECT_LENGTH = 255

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who the provider says has signed in."""

    subject: str
    email: str
    """Empty: it does not say."""
    email_verified: bool
    name: str


class _Metadata(msgspec.Struct, frozen=True):
    """What discovery has to tell (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None


class OidcProvider:
    """One provider. Metadata and keys are asked for when they are first needed, and kept for an hour."""

    def __init__(self, settings: OidcProviderSettings, timeout_s: float, clock: Clock = utc_now) -> None:
        """Nothing is contacted yet."""
        self.name = settings.name
        self.title = settings.title
        self.trust_email = settings.trust_email
        self._settings = settings
        self._timeout_s = timeout_s
        self._clock = clock
        # Reading the system's certificates takes tens of milliseconds: once.
        self._tls = ssl.create_default_context()
        self._lock = asyncio.Lock()
        self._metadata: _Metadata | None = None
        self._keys: KeySet | None = None
        self._read_at = 0.0

    async def address(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where to send somebody who wants to sign in. Raises Transient `oidc.unavailable`."""
        metadata, _ = await self._known()
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    async def visitor(self, *, code: str, redirect_uri: str, nonce: str, verifier: str) -> Visitor:
        """Exchange the code for who has signed in.

        Raises Refused `oidc.refused` (the provider does not take the code), `oidc.bad_token`; Transient `oidc.unavailable`.
        """
        metadata, _ = await self._known()
        async with self._client(redirect_uri) as client:
            try:
                answer = await client.fetch_token(
                    metadata.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
                )
            except OAuthError as error:
                _log.info("oidc_refused", provider=self.name, error=str(error.error))
                raise Refused("oidc.refused", "The provider did not confirm this.", kind=ErrorKind.UNAUTHENTICATED) from error
            except (httpx.HTTPError, ValueError) as error:
                raise self._unavailable(error) from error
            claims = await self._claims(str(answer.get("id_token", "")), nonce)
            if "email" not in claims and metadata.userinfo_endpoint:
                claims |= await self._more(client, metadata.userinfo_endpoint, str(claims["sub"]))
        return Visitor(
            subject=claims["sub"],
            email=str(claims.get("email") or ""),
            # Some providers write it as a word.
            email_verified=claims.get("email_verified") in (True, "true"),
            name=str(claims.get("name") or claims.get("preferred_username") or ""),
        )

    async def known_issuer(self) -> str:
        """The issuer, as ID tokens and answers (RFC 9207) have to spell it."""
        metadata, _ = await self._known()
        return metadata.issuer

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        """The ID token's claims, verified (OpenID Connect Core 1.0, section 3.1.3.7)."""
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": await self.known_issuer()},
            aud={"essential": True, "value": self._settings.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = (await self._decoded(token)).claims
            registry.validate(claims)
        except (JoseError, ValueError, KeyError) as error:
            raise self._bad_token(str(error)) from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._settings.client_id:
            raise self._bad_token("azp")
        if len(claims["sub"]) > _SUBJECT_LENGTH:
            raise self._bad_token("sub")
        return dict(claims)

    async def _decoded(self, token: str) -> jwt.Token:
        _, keys = await self._known()
        try:
            return jwt.decode(token, keys, algorithms=list(ALGORITHMS))
        except JoseError:
            # It may have changed its keys since.
            _, renewed = await self._known(older_than=keys)
            if renewed is keys:
                raise
            return jwt.decode(token, renewed, algorithms=list(ALGORITHMS))

    async def _more(self, client: AsyncOAuth2Client, url: str, subject: str) -> dict[str, Any]:
        """What the provider tells besides the ID token, of nobody else."""
        try:
            answer = await client.get(url)
            answer.raise_for_status()
            claims = msgspec.convert(answer.json(), dict[str, Any])
        except (httpx.HTTPError, ValueError, msgspec.ValidationError) as error:
            raise self._unavailable(error) from error
        if claims.get("sub") != subject:
            raise self._bad_token("userinfo")
        return claims

    async def _known(self, older_than: KeySet | None = None) -> tuple[_Metadata, KeySet]:
        """Metadata and keys; asked for again after their life, or when the keys that were seen don't do."""
        async with self._lock:
            now = self._clock().timestamp()
            age = now - self._read_at
            useless = older_than is not None and older_than is self._keys and age >= _RETRY_S
            stale = useless or age >= _METADATA_LIFE_S
            if self._metadata is None or self._keys is None or stale:
                self._metadata, self._keys = await self._read()
                self._read_at = now
            return self._metadata, self._keys

    async def _read(self) -> tuple[_Metadata, KeySet]:
        url = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            async with httpx.AsyncClient(verify=self._tls, timeout=self._timeout_s) as client:
                metadata = msgspec.convert(await _json(client, url), _Metadata)
                found = (await _json(client, metadata.jwks_uri)).get("keys", [])
            # A provider may have keys for other things, of kinds that are not known here.
            usable = [key for key in found if key.get("kty") in _TYPES and key.get("use", "sig") == "sig"]
            keys = KeySet.import_key_set({"keys": usable})
        except (httpx.HTTPError, JoseError, ValueError, AttributeError, msgspec.ValidationError) as error:
            raise self._unavailable(error) from error
        if metadata.issuer.rstrip("/") != self._settings.issuer.rstrip("/"):
            raise self._unavailable(ValueError("it calls itself another issuer"))
        return metadata, keys

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        settings = self._settings
        return AsyncOAuth2Client(
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value() or None,
            scope=settings.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=self._timeout_s,
            verify=self._tls,
        )

    def _unavailable(self, error: Exception) -> Transient:
        _log.warning("oidc_unavailable", provider=self.name, error=f"{type(error).__name__}: {error}")
        return Transient("oidc.unavailable", f"{self.title} can't be asked at the moment; try again.", retry_after_s=5)

    def _bad_token(self, why: str) -> Refused:
        _log.warning("oidc_bad_token", provider=self.name, why=why)
        return Refused("oidc.bad_token", "What the provider said could not be verified.", kind=ErrorKind.UNAUTHENTICATED)


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    answer = await client.get(url)
    answer.raise_for_status()
    return msgspec.convert(answer.json(), dict[str, Any])


def open_providers(
    settings: Sequence[OidcProviderSettings], timeout_s: float, clock: Clock = utc_now
) -> dict[str, OidcProvider]:
    """The providers by name, in the order of the settings."""
    return {each.name: OidcProvider(each, timeout_s, clock) for each in settings}
