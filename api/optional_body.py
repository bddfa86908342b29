"""How the reference says that a body may be left out: the framework calls every body required."""

from dataclasses import dataclass

from litestar.openapi.spec import Operation, RequestBody


@dataclass
class OptionalBody(Operation):
    """`@post(..., operation_class=OptionalBody)` for `data: JSONBody[X | None] = None`."""

    def __post_init__(self) -> None:
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False
