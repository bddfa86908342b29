"""What the routes work with, made once per process: sessions, storage, tokens, locks, the signal to stop."""

import asyncio
from dataclasses import dataclass, field

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api.denylist import DenyList
from api.limits import Limits, Quotas
from api.progress import ProgressHub
from api.tokens import AccessTokens
from api.uploads_body import MemoryBudget
from core.clock import Clock
from core.settings import Settings
from db.locks import NamedLocks
from db.queries.media import Progress
from db.reading import Reader
from domain.passwords import Passwords
from domain.second_factor import FactorKeys
from gateways.oidc import OidcProvider
from storage.base import Storage
from storage.cloudfront import CloudFrontSigner
from storage.signing import Signer


@dataclass(slots=True)
class Services:
    """Everything a request may need. `stopping` is set when the process should let go of its open streams."""

    settings: Settings
    clock: Clock
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    reader: Reader
    """For the hottest reads: single statements past transactions."""
    storage: Storage
    signer: Signer
    tokens: AccessTokens
    passwords: Passwords
    locks: NamedLocks
    stopping: asyncio.Event
    progress: ProgressHub[Progress]
    denylist: DenyList
    limits: Limits
    quotas: Quotas
    cdn: CloudFrontSigner | None = None
    oidc: dict[str, OidcProvider] = field(default_factory=dict)
    """Where else people may sign in, by name."""
    chunk_memory: MemoryBudget = field(default_factory=lambda: MemoryBudget(128 * 2**20))
    factor_keys: FactorKeys = field(init=False)
    """For what is kept of second factors."""

    def __post_init__(self) -> None:
        self.factor_keys = FactorKeys(self.settings.secrets)


Injected = NamedDependency[SkipValidation[Services]]
"""The services as an argument of a route."""
