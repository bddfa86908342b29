"""Passwords: argon2id in threads, a bounded number at once; a hash that stands for no account; what is too common."""

import asyncio
import importlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property, partial

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import ErrorKind, Refused
from core.settings import ApiSettings

SHORTEST = 8


@cache
def _common() -> frozenset[str]:
    # zxcvbn ships the passwords that are seen most often in breaches. Loaded when first needed: it takes a moment and some MB.
    listed = importlib.import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS["passwords"]
    return frozenset(word for word in listed if len(word) >= SHORTEST)


class Passwords:
    """Hashes and checks passwords. Each running hash holds `argon2_memory_kib`; `argon2_concurrency` bounds how many run."""

    def __init__(self, settings: ApiSettings) -> None:
        # Two passes over 46 MiB on one lane: the OWASP password storage cheat sheet's choice for argon2id.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=settings.argon2_memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(settings.argon2_concurrency, thread_name_prefix="argon2")

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("the password of nobody")

    def _matches(self, stored: str | None, password: str) -> bool:
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def hash(self, password: str) -> str:
        """The argon2id hash of `password`, in the PHC string format."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one behind `stored`. None (no such account) costs the same time and is never right."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(self._matches, stored, password))

    async def refuse_guessable(self, password: str, *own: str, field: str = "password") -> None:
        """Raises Refused `user.password_common` for what breaches are full of, and for the account's `own` address and name."""
        common = await asyncio.get_running_loop().run_in_executor(self._threads, _common)
        plain = password.casefold().strip()
        words = {word.casefold().strip() for word in own}
        if plain in common or plain in words or plain in {word.partition("@")[0] for word in words}:
            raise Refused(
                "user.password_common",
                "This password is too easy to guess.",
                kind=ErrorKind.UNPROCESSABLE,
                errors=[{"field": field, "message": "Among the first that are tried; choose another."}],
            )

    def outdated(self, stored: str) -> bool:
        """Whether `stored` was made with weaker settings than today's and should be made anew."""
        return self._hasher.check_needs_rehash(stored)

    async def warm(self) -> None:
        """Make the hash that stands for unknown accounts, so that not even the first sign-in tells them apart."""
        await self.matches(None, "")

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
