"""What an instructor is told when a file can't be turned into a stream: one table from the kind of error to a sentence."""

from dataclasses import dataclass

from core.errors import ErrorKind


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an asset failed. `final`: it is the file's fault, so another run of the same file would end the same way."""

    code: str
    message: str
    final: bool


_OUR_FAULT = {
    ErrorKind.RESOURCES: "The server ran out of memory or disk space while it worked on this file. Please try again later.",
    ErrorKind.CRASHED: "Working on this file brought the server's media process down several times. An operator can see why.",
    ErrorKind.TIMED_OUT: "Working on this file took longer than the server allows. An operator can see why.",
}
_OTHERWISE = "Something went wrong on our side while working on this file. Please try again; an operator can see why."


def explain(kind: ErrorKind, code: str, message: str) -> Failure:
    """The failure that an error of this kind means to the instructor; only bad media speaks in its own words."""
    if kind is ErrorKind.BAD_MEDIA:
        return Failure(code, message, final=True)
    return Failure(code, _OUR_FAULT.get(kind, _OTHERWISE), final=False)
