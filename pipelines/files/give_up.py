"""Says of a file that it could not be looked at, once its last attempt has failed."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.file_jobs import Finding, OfFile
from db.jobs import ClaimedJob
from domain import files
from pipelines.context import StepContext

_FAILED = "Something went wrong on our side while looking at this file. Please upload it again."


def work(_: StepContext, payload: OfFile) -> OfFile:
    """Nothing: what is to be said stands in `record`."""
    return payload


async def record(session: AsyncSession, job: ClaimedJob, result: OfFile) -> None:
    """The file is refused, through no fault of its own."""
    await files.checked(session, result.file_id, Finding(job.token, code="file.failed", message=_FAILED))
