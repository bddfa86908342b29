"""Lists show posters: signed for themselves, under addresses that stay the same for a while."""

from httpx import AsyncClient

from api.services import Services
from tests.support.films import make_film
from tests.support.people import Person


async def test_a_list_shows_posters_and_gives_away_nothing_else(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id)

    async def listed() -> str:
        answer = await client.get("/api/v1/assets", headers=instructor.auth)
        return str(answer.json()["items"][0]["posterUrl"])

    poster = await listed()
    assert (await client.get(poster)).status_code == 200
    assert await listed() == poster
    token = poster.split("/")[2]
    refused = await client.get(f"/stream/{token}/hls/{film.asset_id}/{film.version_id}/master.m3u8")
    assert refused.status_code == 403
