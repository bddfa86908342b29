"""Access tokens: JWTs signed with HS256, short-lived, every claim checked."""

from datetime import datetime, timedelta
from uuid import UUID

import jwt

from core.clock import Clock
from core.errors import ErrorKind, Refused
from core.ids import new_token
from core.settings import Settings
from domain.policies import Actor

_TYPE = "at+jwt"
"""RFC 9068: so that no other kind of JWT made with this key passes for an access token."""
_AUDIENCE = "aula-api"
_CLAIMS = ["exp", "nbf", "iat", "aud", "iss", "sub", "jti"]
_LEEWAY_S = 2


class AccessTokens:
    """Makes and reads access tokens."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._key = settings.secrets.secret_key.get_secret_value()
        self._issuer = f"aula:{settings.api.instance_id}"
        self.life_s = settings.api.access_token_life_s
        self._clock = clock

    def issue(self, user_id: UUID, roles: list[str]) -> str:
        """A token for this account that lives `life_s` seconds."""
        now = self._clock()
        claims = {
            "iss": self._issuer,
            "aud": _AUDIENCE,
            "sub": str(user_id),
            "roles": roles,
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(seconds=self.life_s),
            "jti": new_token(),
        }
        return jwt.encode(claims, self._key, algorithm="HS256", headers={"typ": _TYPE})

    def read(self, token: str) -> tuple[Actor, datetime]:
        """Who the token speaks for, and until when. Raises Refused `auth.token_expired` or `auth.token_invalid`."""
        try:
            whole = jwt.decode_complete(
                token,
                self._key,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": _CLAIMS},
            )
            if whole["header"].get("typ") != _TYPE:
                raise jwt.InvalidTokenError("wrong typ")
            claims = whole["payload"]
            actor = Actor(UUID(claims["sub"]), frozenset(str(role) for role in claims.get("roles", ())))
            return actor, datetime.fromtimestamp(claims["exp"], self._clock().tzinfo)
        except jwt.ExpiredSignatureError:
            raise Refused("auth.token_expired", "The access token has expired.", kind=ErrorKind.UNAUTHENTICATED) from None
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise Refused("auth.token_invalid", "The access token is not valid.", kind=ErrorKind.UNAUTHENTICATED) from None
