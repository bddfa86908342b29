"""What most steps are about: a version that is being made, and the source of its asset."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import Plan
from db.queries import versions as queries
from db.queries.versions import SourceFacts, VersionFacts


@dataclass(frozen=True, slots=True)
class Subject:
    """A version as committed when the job was claimed, and where the original lies."""

    source: SourceFacts
    version: VersionFacts

    @property
    def plan(self) -> Plan:
        return self.version.plan


async def subject_of(session: AsyncSession, asset_id: UUID, version_id: UUID) -> Subject:
    """Raises Interrupted `media.not_wanted` when the version or the original is gone."""
    source = await queries.source_facts(session, asset_id)
    version = await queries.version_facts(session, version_id)
    if source is None or version is None:
        raise Interrupted("media.not_wanted", "The asset or its original is gone.")
    return Subject(source, version)
