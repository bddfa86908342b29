"""Access tokens: JWTs signed with HS256, short-lived, every claim checked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from core.clock import Clock
from core.errors import ErrorKind, Refused
from core.ids import new_token
from core.settings import Settings

_TYPE = "at+jwt"
"""RFC 9068: so that no other kind of JWT made with this key passes for an access token."""
_AUDIENCE = "aula-api"
_CLAIMS = ["exp", "nbf", "iat", "aud", "iss", "sub", "sid", "jti"]
_LEEWAY_S = 2


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose token it is, of which session, and when it ends."""

    user_id: UUID
    session_id: UUID
    until: datetime


class AccessTokens:
    """Makes and reads access tokens."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._key = settings.secrets.secret_key.get_secret_value()
        self._issuer = f"aula:{settings.api.instance_id}"
        self.life_s = settings.api.access_token_life_s
        self._clock = clock

    def issue(self, user_id: UUID, session_id: UUID) -> str:
        """A token of this session that lives `life_s` seconds; what the account may do is looked up with each request."""
        now = self._clock()
        claims = {
            "iss": self._issuer,
            "aud": _AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(seconds=self.life_s),
            "jti": new_token(),
        }
        return jwt.encode(claims, self._key, algorithm="HS256", headers={"typ": _TYPE})

    def read(self, token: str) -> Claims:
        """What the token says. Raises Refused `auth.token_expired` or `auth.token_invalid`."""
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
            return Claims(UUID(claims["sub"]), UUID(claims["sid"]), datetime.fromtimestamp(claims["exp"], UTC))
        except jwt.ExpiredSignatureError:
            raise Refused("auth.token_expired", "The access token has expired.", kind=ErrorKind.UNAUTHENTICATED) from None
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            raise Refused("auth.token_invalid", "The access token is not valid.", kind=ErrorKind.UNAUTHENTICATED) from None
