"""Errors below /products/v1: `application/json` of a code and a message, where the rest of the API answers with problems."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.types import ExceptionHandlersMap

from api.problems import Problem

PATH = "/products/v1"
MEDIA_TYPE = "application/json"
# The contract knows neither conflicts of values nor well-formed nonsense: both are bad requests there.
_STATUS = {409: 400, 412: 400, 422: 400}


class Error(msgspec.Struct, frozen=True):
    """What went wrong: decide by `code`, show `message`."""

    code: str
    message: str


def is_below(path: str) -> bool:
    """Whether `path` belongs to the contract."""
    return path == PATH or path.startswith(f"{PATH}/")


def in_its_words(problem: Problem) -> Error:
    """The same failure as the contract says it."""
    return Error(problem.code, "; ".join([problem.detail, *(f"{each.field}: {each.message}" for each in problem.errors or ())]))


def speaking_the_contract(handlers: ExceptionHandlersMap) -> ExceptionHandlersMap:
    """`handlers`, whose problems become the contract's errors below its path, also where no route was found."""

    def wrapped(handler: Any) -> Any:
        def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
            answer: Response[Any] = handler(request, error)
            problem = answer.content
            if not isinstance(problem, Problem) or not is_below(request.scope["path"]):
                return answer
            # Of a repeated Idempotency-Key, which is the gateway's, clients do learn.
            repeated = problem.code.startswith("idempotency.")
            status = problem.status if repeated else _STATUS.get(problem.status, problem.status)
            return Response(in_its_words(problem), status_code=status, media_type=MEDIA_TYPE, headers=answer.headers)

        return handle

    return {kind: wrapped(handler) for kind, handler in handlers.items()}
