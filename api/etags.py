"""Entity tags of what has a revision: sent along, and compared before a change."""

from uuid import UUID

from api.wire import HttpRequest
from core.errors import ErrorKind, Refused


def etag(identifier: UUID, revision: int) -> str:
    """The strong entity tag of one revision."""
    return f'"{identifier.hex[-12:]}-{revision}"'


def expect(request: HttpRequest, identifier: UUID, revision: int) -> None:
    """Check `If-Match`, where there is one, against what is about to be changed, whose row is locked. Raises Refused (412)."""
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return
    # Public answers carry more behind a dot, and proxies that compress call a tag weak: the revision is what counts here.
    tags = {part.strip().removeprefix("W/").strip('"').partition(".")[0] for part in wanted.split(",")}
    if etag(identifier, revision).strip('"') not in tags:
        raise Refused("request.stale", "It was changed by somebody else meanwhile; read it again.", kind=ErrorKind.PRECONDITION)
