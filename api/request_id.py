"""The id of the request that is being answered; it names log lines, problems and the pipelines that a request starts."""

from contextvars import ContextVar

from core.ids import new_token

_current: ContextVar[str] = ContextVar("request_id", default="")


def begin_request() -> str:
    """Give the request of this context a new id. A caller's own id is never taken over: it would reach the logs unchecked."""
    identifier = new_token()
    _current.set(identifier)
    return identifier


def request_id() -> str:
    """The id of this context's request; empty outside of one."""
    return _current.get()
