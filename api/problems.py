"""Errors as RFC 9457 problems: one table from kinds to HTTP statuses, and a stable code for every failure of the framework."""

import http
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ExceptionHandlersMap

from api.request_id import request_id
from core.errors import AulaError, ErrorKind
from core.logging import get_logger
from db.patience import is_passing

MEDIA_TYPE = "application/problem+json"
CHECKSUM_MISMATCH = 460
"""tus 1.0, checksum extension."""

STATUS = {
    ErrorKind.INVALID: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.GONE: 410,
    ErrorKind.PRECONDITION: 412,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.UNSUPPORTED: 415,
    ErrorKind.BAD_MEDIA: 422,
    ErrorKind.UNPROCESSABLE: 422,
    ErrorKind.LOCKED: 423,
    ErrorKind.TOO_MANY: 429,
    ErrorKind.CHECKSUM: CHECKSUM_MISMATCH,
    ErrorKind.TRANSIENT: 503,
    ErrorKind.RESOURCES: 503,
    ErrorKind.SHUTDOWN: 503,
}

# What the framework refuses by itself, by status.
_FRAMEWORK = {
    400: ("request.invalid", "The request is not valid."),
    401: ("auth.required", "Sign in first."),
    403: ("request.forbidden", "This is not allowed."),
    404: ("request.not_found", "There is nothing here."),
    405: ("request.method_not_allowed", "This address does not know this method."),
    406: ("request.not_acceptable", "None of the accepted types can be given."),
    413: ("request.too_large", "The request's body is too large."),
    415: ("request.unsupported_type", "The request's body has a type that is not taken here."),
}

# How the framework names, as an error of the server, that a client went away in the middle of its body.
_CLIENT_GONE = "client disconnected prematurely"

_log = get_logger(__name__)


class FieldError(msgspec.Struct, frozen=True):
    """One field that is at fault."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", kw_only=True):
    """What went wrong: decide by `code`, show `detail`."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError] | None = None


def problem(
    status: int, code: str, detail: str, *, errors: list[Any] | None = None, headers: dict[str, str] | None = None
) -> Response[Problem]:
    """The response for one failure."""
    body = Problem(
        type=f"urn:aula:problem:{code}",
        title=_title(status),
        status=status,
        code=code,
        detail=detail,
        request_id=request_id(),
        errors=msgspec.convert(errors, list[FieldError]) if errors else None,
    )
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers or {})


def _of_ours(_: Request[Any, Any, Any], error: AulaError) -> Response[Problem]:
    status = STATUS.get(error.kind, 500)
    headers = dict(error.detail.get("headers", {}))
    if status == 401:
        headers.setdefault("WWW-Authenticate", f'Bearer realm="aula", error="{error.detail.get("error", "invalid_token")}"')
    if "retry_after_s" in error.detail:
        headers["Retry-After"] = str(int(error.detail["retry_after_s"]))
    if status == 500:
        _log.error("api.failed", code=error.code, exc_info=error)
        return problem(500, "internal", "Something broke on our side.")
    return problem(status, error.code, error.message, errors=error.detail.get("errors"), headers=headers)


def _of_validation(_: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    found = error.extra if isinstance(error.extra, list) else []
    errors = [{"field": str(e.get("key", "")), "message": str(e.get("message", ""))} for e in found]
    return problem(400, "request.invalid", "The request is not valid.", errors=errors)


def _of_framework(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    status = error.status_code
    if error.detail == _CLIENT_GONE:
        # Nobody reads it, but it is no failure of ours: neither for those who count 500s nor for the log.
        return problem(400, "request.interrupted", "The request ended before its body did.")
    if status >= 500:
        _log.error("api.failed", exc_info=error)
        return problem(500, "internal", "Something broke on our side.")
    code, detail = _FRAMEWORK.get(status, ("request.invalid", error.detail))
    if status == 400 and not isinstance(error, ValidationException):
        code, detail = "request.malformed", "The request's body could not be read."
    kept = {k: v for k, v in (error.headers or {}).items() if k.lower() == "allow"}
    return problem(status, code, detail, headers=kept)


def _of_text(_: Request[Any, Any, Any], __: UnicodeDecodeError) -> Response[Problem]:
    return problem(400, "request.malformed", "The request is not valid UTF-8.")


def _of_depth(_: Request[Any, Any, Any], __: RecursionError) -> Response[Problem]:
    return problem(400, "request.malformed", "The request's body is nested too deeply.")


def _of_anything(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.error("api.failed", exc_info=error)
    # While PostgreSQL is away, connecting fails with the driver's and the socket's own errors.
    if is_passing(error):
        return problem(503, "service.unavailable", "Not available at the moment; try again.", headers={"Retry-After": "2"})
    return problem(500, "internal", "Something broke on our side.")


# A typical problem of each status, for the reference.
_TYPICAL = {
    **_FRAMEWORK,
    409: ("course.slug_taken", "This address is taken."),
    410: ("upload.expired", "The upload has expired."),
    412: ("request.stale", "It was changed by somebody else meanwhile; read it again."),
    422: ("course.not_ready", "A course needs a lesson before it can be published."),
    423: ("upload.busy", "Another request is writing to this upload."),
    429: ("request.too_many", "Too many requests; try again in 5 s."),
    CHECKSUM_MISMATCH: ("upload.checksum_mismatch", "The chunk did not arrive as it was sent."),
    500: ("internal", "Something broke on our side."),
    503: ("service.unavailable", "Not available at the moment; try again."),
}


def example(status: int) -> dict[str, Any]:
    """A typical problem of this status, as JSON."""
    code, detail = _TYPICAL.get(status, ("request.invalid", "The request is not valid."))
    errors = [FieldError("title", "Expected `str` of length >= 1")] if status in (400, 422) else None
    found: dict[str, Any] = msgspec.to_builtins(
        Problem(
            type=f"urn:aula:problem:{code}",
            title=_title(status),
            status=status,
            code=code,
            detail=detail,
            request_id="q83vEjRWeJq7zN3u8zDXwQ",
            errors=errors,
        )
    )
    return found


def _title(status: int) -> str:
    return "Checksum Mismatch" if status == CHECKSUM_MISMATCH else http.HTTPStatus(status).phrase


HANDLERS: ExceptionHandlersMap = {
    AulaError: _of_ours,
    ValidationException: _of_validation,
    NotFoundException: _of_framework,
    HTTPException: _of_framework,
    UnicodeDecodeError: _of_text,
    RecursionError: _of_depth,
    Exception: _of_anything,
}


def may_answer(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems that a route states in OpenAPI; 400 is always among them, for the sake of parameters."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            media_type=MEDIA_TYPE,
            description=_title(status),
        )
        for status in sorted({400, *statuses})
    }
