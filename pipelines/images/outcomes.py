"""How a job about a picture ends: a person waits to be told, so what is hopeless becomes a fact and not just a failed job."""

from collections.abc import Callable

from core.errors import BadMedia, ErrorKind, Interrupted, OutOfResources, Transient
from core.image_jobs import Outcome
from core.media import PictureFile
from pipelines.context import StepContext

_FAILED = "Something went wrong on our side while working on this picture. Please try again."
_COUNTED = (ErrorKind.TRANSIENT, ErrorKind.TIMED_OUT)


def outcome_of(ctx: StepContext, make: Callable[[], tuple[PictureFile, ...]]) -> Outcome:
    """What `make` stored, or why the picture can't be taken. Raises what another attempt may mend."""
    try:
        return Outcome(files=make())
    except BadMedia as bad:
        return Outcome(code=bad.code, message=bad.message)
    except (Transient, OutOfResources, Interrupted) as error:
        if error.kind in _COUNTED and ctx.job.attempt >= ctx.job.max_attempts:
            return Outcome(code="image.failed", message=_FAILED)
        raise
