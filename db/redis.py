"""A Redis client for what is nice to have: short patience, and no patience at all for a while after Redis did not answer."""

import time
from hashlib import sha1
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from core.logging import get_logger

_PATIENCE_S = 0.5
_PAUSE_S = 1.0

log = get_logger(__name__)


class BriefRedis:
    """Runs scripts. Whoever asks must be able to go on without an answer; after a failure nobody asks for a second."""

    def __init__(self, url: str) -> None:
        # Nothing is contacted before the first script, and the connections belong to the loop that runs it.
        self._client: Redis = Redis.from_url(
            url,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        self._away_until = 0.0

    @property
    def away(self) -> bool:
        """Whether Redis has just failed to answer."""
        return time.monotonic() < self._away_until

    async def run(self, script: "Script", keys: list[str], args: list[Any]) -> Any:
        """What the script returns; None while Redis is away."""
        if self.away:
            return None
        try:
            try:
                return await self._client.evalsha(script.digest, len(keys), *keys, *args)
            except NoScriptError:
                return await self._client.eval(script.text, len(keys), *keys, *args)
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + _PAUSE_S
            log.warning("redis_away", error=type(error).__name__)
            return None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class Script:
    """A Lua script by its digest, so that its text travels once."""

    __slots__ = ("digest", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = sha1(text.encode(), usedforsecurity=False).hexdigest()
