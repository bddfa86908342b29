"""Rate limits that hold across processes: a leaky bucket in Redis (GCRA), asked in batches and ahead of need.

All questions that come up while one is under way travel together: one round trip serves as many requests as wait for it, and
carries the generations of cached areas too (`db.caches`). Who asks often is given some tokens ahead, so most requests ask
nobody. While Redis is away each process counts for itself: limits get looser by the number of processes, nobody is refused.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from core.ids import new_token
from core.settings import GatewaySettings
from db.caches import generation_key
from db.redis import BriefRedis, Script

# A bucket is one number: the moment (in microseconds of Redis' clock) when it will have leaked empty.
_TAKE = Script("""
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local buckets = tonumber(ARGV[1])
local out = {}
for i = 1, buckets do
  local step, span, want = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local empty = tonumber(redis.call('GET', KEYS[i]) or now)
  if empty < now then empty = now end
  if empty > now + span then empty = now + span end
  local granted = math.min(want, math.floor((span - empty + now) / step + 0.000001))
  if granted > 0 then
    empty = empty + granted * step
    redis.call('SET', KEYS[i], string.format('%.0f', empty), 'PX', math.ceil((empty - now) / 1000))
  end
  out[#out + 1] = granted
  out[#out + 1] = math.floor(empty - now)
end
for i = buckets + 1, #KEYS do
  local generation = redis.call('GET', KEYS[i])
  if not generation then
    generation = ARGV[#ARGV]
    redis.call('SET', KEYS[i], generation)
  end
  out[#out + 1] = generation
end
return out
""")
_FORGET = Script("return redis.call('DEL', KEYS[1])")
_LEASE_S = 2.0
# Of a bucket; so much may be counted twice as many processes see the same caller.
_LEASE_SHARE = 0.02
_LEASE_MOST = 500
_KNOWN = 20_000
# Of all others every single one counts.
_AHEAD = frozenset({"read", "write", "upload"})


class Quota(NamedTuple):
    """So many requests in so many seconds, all at once if need be."""

    name: str
    limit: int
    window_s: int
    ahead: bool = True
    """Whether tokens may be taken ahead of need; where every single one counts they are not."""

    @property
    def policy(self) -> str:
        """As `RateLimit-Policy` says it."""
        return f'"{self.name}";q={self.limit};w={self.window_s}'

    @property
    def most_ahead(self) -> int:
        """Tokens that one process may hold for one caller."""
        return min(_LEASE_MOST, int(self.limit * _LEASE_SHARE)) if self.ahead else 0


class Verdict(NamedTuple):
    """Whether one request may go on, and what is left."""

    quota: Quota
    allowed: bool
    remaining: int
    reset_s: int
    """Until the bucket is empty again."""
    retry_after_s: int
    """Until there is room for one request."""

    @property
    def state(self) -> str:
        """As `RateLimit` says it."""
        return f'"{self.quota.name}";r={self.remaining};t={self.reset_s}'


def _verdict(quota: Quota, fill_s: float, held: int, *, allowed: bool) -> Verdict:
    """`fill_s`: how long the bucket takes to leak empty; `held`: tokens taken ahead."""
    step = quota.window_s / quota.limit
    # Tokens taken ahead may have leaked from the bucket meanwhile.
    remaining = min(quota.limit, max(0, int((quota.window_s - fill_s) / step + 1e-6)) + held)
    retry = 0 if allowed else max(1, math.ceil(fill_s - quota.window_s + step))
    return Verdict(quota, allowed, remaining, math.ceil(fill_s), retry)


@dataclass(slots=True)
class _Caller:
    """What this process knows of one bucket."""

    tokens: int = 0
    """Taken ahead and not yet used."""
    ahead: int = 0
    """How many were taken ahead the last time."""
    fill_s: float = 0.0
    at: float = 0.0
    """When the bucket was last asked for, by the monotonic clock."""
    full_until: float = 0.0
    """Until then there is no need to ask again."""


@dataclass(slots=True)
class _Want:
    quota: Quota
    waiting: list["asyncio.Future[Verdict]"] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    wants: dict[str, _Want] = field(default_factory=dict)
    areas: dict[str, list["asyncio.Future[str | None]"]] = field(default_factory=dict)


class Limits:
    """The limits of one process."""

    def __init__(self, redis: BriefRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._next = _Batch()
        self._asking: asyncio.Task[None] | None = None

    async def take(self, quota: Quota, who: str) -> Verdict:
        """Count one request of `who`."""
        found = self.at_hand(quota, who)
        return found if found is not None else await self.ask(quota, who)

    def at_hand(self, quota: Quota, who: str) -> Verdict | None:
        """Count one request of `who`, if that can be decided without asking Redis."""
        caller = self._callers.get(f"{quota.name}:{who}")
        if caller is None:
            return None
        now = self._clock()
        if caller.tokens and now - caller.at < _LEASE_S:
            caller.tokens -= 1
            return _verdict(quota, max(0.0, caller.fill_s - (now - caller.at)), caller.tokens, allowed=True)
        if now < caller.full_until:
            return _verdict(quota, caller.fill_s - (now - caller.at), 0, allowed=False)
        return None

    def ask(self, quota: Quota, who: str) -> "asyncio.Future[Verdict]":
        """Count one request of `who` with the next question to Redis."""
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._next.wants.setdefault(f"{quota.name}:{who}", _Want(quota)).waiting.append(future)
        self._begin()
        return future

    async def forget(self, quota: Quota, who: str) -> None:
        """Empty the bucket of `who`: what was counted has turned out well."""
        key = f"{quota.name}:{who}"
        self._callers.pop(key, None)
        await self._redis.run(_FORGET, [f"aula:limit:{key}"], [])

    def generation(self, area: str) -> "asyncio.Future[str | None]":
        """The generation of `area` at some moment from now on; None while Redis is away."""
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._next.areas.setdefault(area, []).append(future)
        self._begin()
        return future

    def _begin(self) -> None:
        if self._asking is None:
            # Begins at the loop's next turn: what this turn's requests want goes along.
            self._asking = asyncio.get_running_loop().create_task(self._ask_all())

    async def _ask_all(self) -> None:
        try:
            while self._next.wants or self._next.areas:
                batch, self._next = self._next, _Batch()
                await self._ask(batch)
        finally:
            self._asking = None

    async def _ask(self, batch: _Batch) -> None:
        now = self._clock()
        wanted = {key: len(want.waiting) + self._ahead(key, want.quota, now) for key, want in batch.wants.items()}
        args: list[str | int | float] = [len(wanted)]
        for key, want in batch.wants.items():
            window = want.quota.window_s * 1_000_000
            args += [window / want.quota.limit, window, wanted[key]]
        keys = [*(f"aula:limit:{key}" for key in wanted), *map(generation_key, batch.areas)]
        found = await self._redis.run(_TAKE, keys, [*args, new_token()])
        now = self._clock()
        for number, (key, want) in enumerate(batch.wants.items()):
            if found is None:
                granted, fill_s = self._alone(key, want, now)
            else:
                granted, fill_s = found[2 * number], found[2 * number + 1] / 1e6
            self._settle(key, want, granted, fill_s, now)
        for number, futures in enumerate(batch.areas.values()):
            for future in futures:
                if not future.done():
                    future.set_result(None if found is None else found[2 * len(wanted) + number])

    def _ahead(self, key: str, quota: Quota, now: float) -> int:
        """Tokens to take ahead: twice as many as the last time, for who has used those up at once."""
        caller = self._callers.get(key)
        if caller is None or caller.tokens or now - caller.at > _LEASE_S or now < caller.full_until:
            return 0
        return min(quota.most_ahead, 2 * caller.ahead + 1)

    def _alone(self, key: str, want: _Want, now: float) -> tuple[int, float]:
        """The same bucket kept here, while Redis is away."""
        quota, caller = want.quota, self._callers.get(key)
        step = quota.window_s / quota.limit
        fill_s = max(0.0, caller.fill_s - (now - caller.at)) if caller else 0.0
        granted = min(len(want.waiting), max(0, int((quota.window_s - fill_s) / step + 1e-6)))
        return granted, fill_s + granted * step

    def _settle(self, key: str, want: _Want, granted: int, fill_s: float, now: float) -> None:
        """Tell those who wait, and keep what is left over."""
        caller = self._callers.setdefault(key, _Caller())
        self._callers.move_to_end(key)
        if len(self._callers) > _KNOWN:
            self._callers.popitem(last=False)
        used = min(granted, len(want.waiting))
        caller.tokens = caller.ahead = granted - used
        caller.fill_s, caller.at = fill_s, now
        allowed = _verdict(want.quota, fill_s, caller.tokens, allowed=True)
        refused = _verdict(want.quota, fill_s, 0, allowed=False)
        step = want.quota.window_s / want.quota.limit
        caller.full_until = now + max(0.0, fill_s - want.quota.window_s + step) if used < len(want.waiting) else 0.0
        for number, future in enumerate(want.waiting):
            if not future.done():
                future.set_result(allowed if number < used else refused)


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of each class of routes, by address and by user, and those of one account (`api.attempts`)."""

    address: dict[str, Quota]
    user: dict[str, Quota]
    account: dict[str, Quota]

    @classmethod
    def of(cls, settings: GatewaySettings) -> "Quotas":
        """As the settings have them; none where limits are off."""
        if not settings.rate_limits:
            return cls({}, {}, {})
        address = {
            "read": settings.limit_read_per_address,
            "write": settings.limit_write_per_address,
            "auth": settings.limit_auth_per_address,
            "upload": settings.limit_upload_per_address,
        }
        user = {
            "read": settings.limit_read_per_user,
            "write": settings.limit_write_per_user,
            "auth": settings.limit_auth_per_user,
            "upload": settings.limit_upload_per_user,
        }
        account = {
            "guess": settings.limit_guess_per_account,
            "code": settings.limit_code_per_account,
            "mail": settings.limit_mail_per_account,
        }
        return cls(_quotas(address, "address"), _quotas(user, "user"), _quotas(account, "account"))


def _quotas(rates: dict[str, str], by: str) -> dict[str, Quota]:
    found = {}
    for name, rate in rates.items():
        limit, _, window = rate.partition("/")
        found[name] = Quota(f"{name}-{by}", int(limit), int(window), ahead=name in _AHEAD)
    return found
