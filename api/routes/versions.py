"""Further versions of assets: one asset encoded anew, and campaigns over many."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.access import OPERATORS, related, stated
from api.auth import actor_of
from api.services import Injected
from api.wire import TEXT_PATTERN, Body, HttpRequest, View, not_found
from core.media import Profile
from db.queries import campaigns as queries
from db.queries.campaigns import CampaignView as Campaign
from db.queries.campaigns import Filters
from domain import campaigns, playback, versions
from domain.policies import Scope

_MOST_SHOWN = 100

Reason = Annotated[str, Meta(max_length=versions.LONGEST_REASON, pattern=TEXT_PATTERN)]


class NewReencode(Body):
    """What the other version is to be: `fast`, or `small` for the fewest bytes. `reason` is for the operators."""

    profile: Profile = "fast"
    reason: Reason = ""


class ReencodeView(View):
    """A version that is on its way, in the background; what plays stays until it is whole."""

    asset_id: UUID
    pipeline_id: UUID


class NewCampaign(Body):
    """Which assets get a new version: all that are ready, or those whose stream is older; `limit`: at most so many."""

    profile: Profile = "fast"
    reason: Reason = ""
    older_than_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None


class CampaignView(View):
    """A campaign. `open`: how many of the versions that it `started` are being made now; `left`: assets to come."""

    id: UUID
    profile: str
    reason: str
    older_than_days: int | None
    limit: int | None
    created_at: datetime
    finished_at: datetime | None
    started: int
    open: int
    left: int


def _view(found: Campaign) -> CampaignView:
    fields = {name: getattr(found, name) for name in Campaign.__dataclass_fields__ if name != "filters"}
    return CampaignView(**fields, older_than_days=found.filters.older_than_days, limit=found.filters.limit)


@post(
    "/assets/{asset_id:uuid}/reencode",
    operation_id="reencodeAsset",
    tags=["Assets"],
    summary="Encode again",
    status_code=202,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 409),
)
async def reencode_asset(
    request: HttpRequest, asset_id: FromPath[UUID], data: JSONBody[NewReencode], services: Injected
) -> ReencodeView:
    """Make another version of a ready asset, in the background. 409: it is not ready, or one is being made already."""
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor_of(request), asset_id)
        pipeline_id = await versions.reencode(session, asset_id, data.profile, data.reason)
    return ReencodeView(asset_id=asset_id, pipeline_id=pipeline_id)


@delete(
    "/assets/{asset_id:uuid}/reencode",
    operation_id="cancelReencode",
    tags=["Assets"],
    summary="Stop encoding again",
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 409),
)
async def cancel_reencode(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> None:
    """Give up the version that is being made; what plays stays. 409: none is."""
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor_of(request), asset_id)
    async with services.sessions.begin() as session:
        # Locks pipeline before asset, so it begins with a session that has locked nothing.
        await versions.cancel_reencode(session, asset_id)


@get(
    "/media/campaigns",
    operation_id="listCampaigns",
    tags=["Operations"],
    summary="Campaigns",
    **stated(OPERATORS),
)
async def list_campaigns(services: Injected) -> list[CampaignView]:
    """The newest campaigns and how far they are."""
    async with services.sessions() as session:
        return [_view(found) for found in await queries.newest(session, _MOST_SHOWN)]


@post(
    "/media/campaigns",
    operation_id="beginCampaign",
    tags=["Operations"],
    summary="Encode many assets again",
    **stated(OPERATORS),
)
async def begin_campaign(request: HttpRequest, data: JSONBody[NewCampaign], services: Injected) -> CampaignView:
    """A new version of many assets, a few at a time and in the background."""
    filters = Filters(older_than_days=data.older_than_days, limit=data.limit)
    async with services.sessions.begin() as session:
        begun = await campaigns.begin(session, actor_of(request).id, data.profile, data.reason, filters)
        found = await queries.one(session, begun.id)
    assert found is not None  # it was added in this transaction
    return _view(found)


@delete(
    "/media/campaigns/{campaign_id:uuid}",
    operation_id="cancelCampaign",
    tags=["Operations"],
    summary="Stop a campaign",
    status_code=200,
    **stated(OPERATORS, 404, 409),
)
async def cancel_campaign(campaign_id: FromPath[UUID], services: Injected) -> CampaignView:
    """Take no more assets, and give up the versions that are being made. What is made already stays."""
    async with services.sessions.begin() as session:
        await campaigns.cancel(session, campaign_id)
    async with services.sessions() as session:
        found = await queries.one(session, campaign_id)
    if found is None:
        raise not_found("campaign")
    return _view(found)


ROUTES: tuple[Any, ...] = (
    reencode_asset,
    cancel_reencode,
    list_campaigns,
    begin_campaign,
    cancel_campaign,
)
