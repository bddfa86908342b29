"""The API's reference: OpenAPI 3.1 at /schema/openapi.json and a page at /schema that needs nothing from elsewhere."""

from pathlib import Path
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from api.openapi import document_of

_PAGES = Path(__file__).parent / "pages"
_TAGS = {
    "Users": "Accounts and sessions.",
    "Uploads": "Resumable uploads by tus 1.0.0.",
    "Assets": "Videos and sounds on their way from an upload to a stream.",
    "Captions": "Captions, transcripts and chapters.",
    "Courses": "The catalogue, and courses, modules and lessons as their authors write them.",
    "Files": "Files of lessons: documents, pictures, archives, text.",
    "Assessments": "Quizzes and assignments, as their authors write them.",
    "Enrolments": "Who learns in which course, and what lets them in.",
    "Playback": "Entitlement, signatures and their renewal.",
    "Products": "What is sold, as the product service's contract has it.",
    "Catalogue products": "The same in the conventions of the rest: cursors, ETags, problems.",
    "Operations": "Queues, workers, jobs and pipelines.",
    "Administration": "Accounts of others, and the audit log.",
    "Health": "For machines.",
}


class _Document(JsonRenderPlugin):
    """Serves the document as `api.openapi` completes it, made once."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=MediaType.JSON)
        self._made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """The document; the framework's own is only where it begins."""
        if self._made is None:
            self._made = msgspec.json.encode(document_of(request.app))
        return self._made


class _Page(OpenAPIRenderPlugin):
    """Serves our own page instead of one that loads its script from a CDN."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """The page; it fetches the document itself."""
        return (_PAGES / "reference.html").read_bytes()


def _file(name: str, media_type: str) -> HTTPRouteHandler:
    content = (_PAGES / name).read_bytes()

    @get(f"/schema/{name}", include_in_schema=False, sync_to_thread=False, name=name)
    def serve() -> Response[bytes]:
        return Response(content, media_type=media_type, headers={"Cache-Control": "max-age=300"})

    return serve


def reference_routes() -> list[HTTPRouteHandler]:
    """The page's style and script, as files of their own: the content security policy allows none inline."""
    return [_file("reference.css", MediaType.CSS), _file("reference.js", "text/javascript")]


def openapi_config(version: str) -> OpenAPIConfig:
    """How the document is made and where it is served."""
    return OpenAPIConfig(
        title="Aula",
        version=version,
        description="Upload a video, follow its way to an adaptive stream, watch it. Errors are application/problem+json; "
        "decide by their `code`.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/schema",
        render_plugins=[
            _Page(path="/", media_type=MediaType.HTML),
            _Document(),
        ],
        tags=[Tag(name=name, description=text) for name, text in _TAGS.items()],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http", scheme="bearer", bearer_format="JWT", description="`accessToken` of POST /users/login."
                ),
                "apiKey": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearer_format="API key",
                    description="A key of POST /users/me/api-keys, sent like an access token; its scopes say what it opens.",
                ),
            }
        ),
    )
