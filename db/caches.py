"""Which cached answers a transaction makes stale: noted in the session, told to every process after its commit.

An area has a generation in Redis, a random token. What was kept under another one is stale. A token and no counter: Redis may
be flushed at any time, and a counter that starts anew would come back to values that were in use before.
"""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_token
from db.redis import BriefRedis, Script

CATALOG = "catalog"
"""Everything that the public sees of courses."""
PRODUCTS = "products"

_RENEW = Script("for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i]) end return 1")


def touch(session: AsyncSession, area: str) -> None:
    """After the commit nobody gets an answer about `area` that was kept before it."""
    session.info.setdefault("touched_areas", set()).add(area)


def generation_key(area: str) -> str:
    """Where Redis has the generation of `area`."""
    return f"aula:generation:{area}"


class Areas:
    """Tells of changes. Best effort: when Redis is away, other processes show what they kept for `cache_blind_s`."""

    def __init__(self, redis: BriefRedis) -> None:
        self._redis = redis
        self._changes: dict[str, int] = {}

    def changes(self, area: str) -> int:
        """How often this process has changed `area`: what it knows without Redis."""
        return self._changes.get(area, 0)

    async def renew(self, areas: Iterable[str]) -> None:
        """Give each area a new generation."""
        names = sorted(areas)
        for area in names:
            self._changes[area] = self.changes(area) + 1
        await self._redis.run(_RENEW, [generation_key(area) for area in names], [new_token() for _ in names])
