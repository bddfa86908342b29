"""The HTTP application: routes, services and their life, put together in one place."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp

from api import problems
from api.contract_errors import speaking_the_contract
from api.cookies import cookie_name
from api.cors import with_cors
from api.delivery import Delivery, LoadKey, with_streams
from api.denylist import DenyList
from api.edge import Edge
from api.exact_request import ExactRequest
from api.gateway import Gateway
from api.limits import Limits, Quotas
from api.origins import json_body
from api.progress import ProgressHub
from api.reference import openapi_config, reference_routes
from api.routes import (
    assets,
    assignments,
    audit,
    captions,
    course_cover,
    courses,
    courses_archive,
    enrolments,
    files,
    health,
    lesson_playback,
    lessons,
    ops,
    ops_messages,
    pictures,
    playback,
    product_contract,
    products,
    progress,
    public_pictures,
    questions,
    quizzes,
    uploads,
    users,
    versions,
)
from api.routes.users import avatar
from api.served_files import LoadFile
from api.services import Services
from api.sitemap import sitemap_routes
from api.tokens import AccessTokens
from api.tus import stamped
from api.web import web_routes
from core.clock import Clock, utc_now
from core.logging import configure_logging
from core.settings import Settings, get_settings
from db.locks import NamedLocks
from db.queries.files import Delivered, delivered
from db.queries.media import Progress, asset_progress
from db.queries.playback import denied_sessions
from db.queries.versions import content_key
from db.reading import Reader
from db.redis import BriefRedis
from db.session import SessionFactory, make_engine, make_session_factory
from domain.passwords import Passwords
from gateways.oidc import open_providers
from storage import open_storage
from storage.cloudfront import CloudFrontSigner
from storage.signing import Signer

VERSION = "0.1.0"
BODY_LIMIT = 64 * 1024
"""Bytes of a request body; only upload chunks may be larger."""


def make_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """The services of one process. Nothing is contacted before the application's life begins."""
    engine = make_engine(settings.database, application_name="aula-api", profile="api")
    redis = BriefRedis(settings.redis.redis_url)
    sessions = make_session_factory(engine, redis)
    stopping = asyncio.Event()
    return Services(
        settings=settings,
        clock=clock,
        engine=engine,
        sessions=sessions,
        reader=Reader(settings.database, "aula-api"),
        storage=open_storage(settings.storage),
        signer=Signer.from_setting(settings.secrets.signing_keys.get_secret_value()),
        tokens=AccessTokens(settings, clock),
        passwords=Passwords(settings.api),
        locks=NamedLocks(engine),
        stopping=stopping,
        progress=ProgressHub(_progress_loader(sessions), stopping),
        denylist=DenyList(_denied_loader(sessions), settings.playback.playback_denylist_refresh_s),
        limits=Limits(redis),
        quotas=Quotas.of(settings.gateway),
        cdn=CloudFrontSigner.from_settings(settings.cdn),
        oidc=open_providers(settings.oidc.oidc_providers, settings.oidc.oidc_timeout_s, clock),
    )


def _progress_loader(sessions: SessionFactory) -> Any:
    async def load(asset_ids: Collection[UUID]) -> Mapping[UUID, Progress]:
        async with sessions() as session:
            found = {asset_id: await asset_progress(session, asset_id) for asset_id in asset_ids}
        return {asset_id: progress for asset_id, progress in found.items() if progress is not None}

    return load


def _denied_loader(sessions: SessionFactory) -> Any:
    async def load() -> Collection[UUID]:
        async with sessions() as session:
            return await denied_sessions(session)

    return load


def _key_loader(sessions: SessionFactory) -> LoadKey:
    async def load(asset_id: UUID, version_id: UUID) -> bytes | None:
        async with sessions() as session:
            return await content_key(session, asset_id, version_id)

    return load


def _file_loader(sessions: SessionFactory) -> LoadFile:
    async def load(file_id: UUID) -> Delivered | None:
        async with sessions() as session:
            return await delivered(session, file_id)

    return load


@asynccontextmanager
async def _life(app: Litestar) -> AsyncIterator[None]:
    """From the first request to the last: what runs beside the requests, and the order in which it ends."""
    services: Services = app.state.services
    async with AsyncExitStack() as stack:
        stack.push_async_callback(services.engine.dispose)
        stack.push_async_callback(services.reader.close)
        stack.callback(services.passwords.close)
        stack.push_async_callback(services.locks.close)
        stack.push_async_callback(services.progress.close)
        stack.callback(services.stopping.set)
        _listen_for_stop(services.stopping)
        await services.passwords.warm()
        await stack.enter_async_context(services.denylist.running())
        yield


def _listen_for_stop(stopping: asyncio.Event) -> None:
    """SIGUSR1 ends all open streams: the server's own graceful stop waits for them, so whoever stops it sends this first."""
    if threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stopping.set)


def _media_origins(settings: Settings) -> tuple[str, ...]:
    """Where players fetch from besides this server, for the content security policy: a CDN, the object store."""
    cdn = (settings.cdn.cloudfront_url,) if settings.cdn.cloudfront_url else ()
    url = urlsplit(settings.storage.storage_url)
    if url.scheme != "s3":
        return cdn
    endpoint = parse_qs(url.query).get("endpoint")
    if endpoint:
        parts = urlsplit(endpoint[0])
        return (*cdn, f"{parts.scheme}://{parts.netloc}")
    return (*cdn, "https://*.amazonaws.com")


def _allowed(app: Litestar) -> dict[str, bytes]:
    """The methods of each path, as the header `Allow` has them."""
    http = [route for route in app.routes if isinstance(route, HTTPRoute)]
    return {route.path_format: ", ".join(sorted(route.methods)).encode() for route in http}


def make_framework() -> Litestar:
    """All routes, of which nothing depends on settings. `furnish` makes an application of it."""
    api = Router(
        "/api/v1",
        route_handlers=[
            Router("/", route_handlers=[*users.ROUTES, *assets.ROUTES, *playback.ROUTES, *versions.ROUTES], guards=[json_body]),
            Router("/", route_handlers=uploads.ROUTES, exception_handlers=stamped(problems.HANDLERS)),
            *captions.ROUTES,
            *pictures.ROUTES,
            *public_pictures.ROUTES,
            *avatar.ROUTES,
            *course_cover.ROUTES,
            *progress.ROUTES,
            *ops.ROUTES,
            *ops_messages.ROUTES,
            *audit.ROUTES,
            Router("/", route_handlers=products.ROUTES, guards=[json_body]),
            Router("/", route_handlers=[*courses.ROUTES, *lessons.ROUTES], guards=[json_body]),
            Router("/", route_handlers=courses_archive.ROUTES, guards=[json_body]),
            courses_archive.IMPORT,
            Router("/", route_handlers=files.ROUTES, guards=[json_body]),
            Router("/", route_handlers=[*quizzes.ROUTES, *questions.ROUTES, *assignments.ROUTES], guards=[json_body]),
            Router("/", route_handlers=[*enrolments.ROUTES, *lesson_playback.ROUTES], guards=[json_body]),
        ],
    )
    framework = Litestar(
        [
            api,
            product_contract.ROUTER,
            *health.ROUTES,
            *reference_routes(),
            *web_routes(),
            *sitemap_routes(),
        ],
        dependencies={"services": Provide(lambda: framework.state.services, sync_to_thread=False)},
        exception_handlers=speaking_the_contract(problems.HANDLERS),
        request_class=ExactRequest,
        request_max_body_size=BODY_LIMIT,
        openapi_config=openapi_config(VERSION),
        lifespan=[_life],
        logging_config=None,
    )
    return framework


def furnish(framework: Litestar, routes: ASGIApp, settings: Settings, services: Services) -> Litestar:
    """Give a framework its services, and put before `routes`, its own handler, what answers or changes requests first.

    Again only after the application before has ended: a framework has one set of services at a time.
    """
    framework.state.services = services
    delivery = Delivery(
        services.storage,
        services.signer,
        services.denylist,
        cookie=cookie_name(settings.api.instance_id),
        origins=settings.api.cors_origins,
        clock=services.clock,
        load_key=_key_loader(services.sessions),
        load_file=_file_loader(services.sessions),
    )
    gateway = Gateway(routes, framework.asgi_router, services)
    edge = Edge(with_cors(gateway, settings), settings, _media_origins(settings), _allowed(framework))
    framework.asgi_handler = with_streams(edge, delivery)
    return framework


def create_app(settings: Settings, services: Services | None = None) -> Litestar:
    """The application. `services` may be given by tests that want to reach into it."""
    framework = make_framework()
    return furnish(framework, framework.asgi_handler, settings, services or make_services(settings))


def app() -> Litestar:
    """The factory for the server (`granian --factory api.app:app`): settings come from the environment."""
    settings = get_settings()
    configure_logging(settings.log_level)
    return create_app(settings)
