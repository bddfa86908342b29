"""Resumable uploads: what a tus client may rely on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app, make_services
from api.services import Services
from api.uploads_body import MemoryBudget
from core.settings import Settings
from db.models import Asset, AssetState, Job, Pipeline, Upload
from domain import uploads
from storage import keys
from tests.api.conftest import problem_of
from tests.support import tus
from tests.support.in_process import in_process
from tests.support.people import Person, sign_up

SignIn = Callable[..., Awaitable[Person]]
DATA = bytes(range(256)) * 4000


async def _begun(client: AsyncClient, who: Person, length: int = len(DATA)) -> str:
    made = await tus.create(client, who, length)
    assert made.status_code == 201, made.text
    return str(made.headers["location"])


async def test_an_upload_in_chunks_becomes_an_asset_with_a_pipeline(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    made = await tus.create(client, instructor, len(DATA), filename="C:\\films\\Lecture 1.mp4")
    assert made.status_code == 201, made.text
    url, asset_id = made.headers["location"], made.headers["aula-asset-id"]
    for start in range(0, len(DATA), 300_000):
        sent = await tus.append(client, instructor, url, start, DATA[start : start + 300_000])
        assert sent.status_code == 204, sent.text
        assert int(sent.headers["upload-offset"]) == min(start + 300_000, len(DATA))
    async with services.sessions() as session:
        asset = (await session.scalars(select(Asset))).one()
        assert (str(asset.id), asset.state) == (asset_id, AssetState.UPLOADED)
        assert (asset.title, asset.filename, asset.size) == ("Lecture 1", "Lecture 1.mp4", len(DATA))
        pipeline = (await session.scalars(select(Pipeline))).one()
        assert pipeline.subject_id == asset.id
        assert {job.kind for job in await session.scalars(select(Job))} >= {"media.inspect_source"}
    assert services.storage.read_bytes(keys.original(asset.id)) == DATA


async def test_the_server_says_what_it_can_do_without_being_signed_in(client: AsyncClient, settings: Settings) -> None:
    answer = await client.options(tus.UPLOADS)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {"creation", "termination", "checksum", "expiration"}
    assert answer.headers["tus-max-size"] == str(settings.uploads.upload_max_bytes)
    assert set(answer.headers["tus-checksum-algorithm"].split(",")) == {"sha1", "sha256"}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "x"}, 400, "request.invalid"),
        ({"Upload-Length": "-1"}, 400, "request.invalid"),
        ({"Upload-Length": ""}, 400, "request.invalid"),
        ({"Upload-Length": "0"}, 400, "upload.empty"),
        ({"Upload-Length": str(11 * 2**30)}, 413, "upload.too_large"),
        ({"Upload-Length": "9" * 40}, 413, "upload.too_large"),
        ({"Upload-Metadata": "filename ?"}, 400, "upload.bad_metadata"),
        ({"Upload-Metadata": f"filename {tus.b64(bytes([0xFF]))}"}, 400, "upload.bad_metadata"),
        ({"Upload-Metadata": "filename YQ==,filename YQ=="}, 400, "upload.bad_metadata"),
        ({"Tus-Resumable": "0.2.2"}, 412, "upload.unsupported_version"),
    ],
)
async def test_a_bad_announcement_is_refused_and_leaves_nothing(
    client: AsyncClient, services: Services, instructor: Person, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await tus.create(client, instructor, 10, **headers)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    async with services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Asset)) == 0


async def test_too_large_a_file_is_told_the_limit(client: AsyncClient, settings: Settings, instructor: Person) -> None:
    answer = await tus.create(client, instructor, settings.uploads.upload_max_bytes + 1)
    assert answer.status_code == 413
    assert answer.headers["tus-max-size"] == str(settings.uploads.upload_max_bytes)


async def test_names_are_made_printable_and_never_empty(client: AsyncClient, services: Services, instructor: Person) -> None:
    await tus.create(client, instructor, 10, filename="../../etc/\x00pass\nwd")
    await tus.create(client, instructor, 10, filename="")
    async with services.sessions() as session:
        assets = (await session.scalars(select(Asset).order_by(Asset.id))).all()
    assert [(asset.filename, asset.title) for asset in assets] == [("passwd", "passwd"), ("", "Untitled")]


async def test_asking_for_an_upload_tells_its_size_and_its_metadata_as_they_were_sent(
    client: AsyncClient, instructor: Person
) -> None:
    metadata = f"filename {tus.b64('a.mp4')},is_confidential"
    made = await tus.create(client, instructor, 10, **{"Upload-Metadata": metadata})
    assert made.status_code == 201, made.text
    answer = await client.head(made.headers["location"], headers={**instructor.auth, **tus.TUS})
    assert answer.headers["upload-metadata"] == metadata
    assert (answer.headers["upload-length"], answer.headers["upload-offset"]) == ("10", "0")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["upload-expires"] == made.headers["upload-expires"]
    for refused in (await client.head(f"{tus.UPLOADS}/x", headers=tus.TUS), await tus.create(client, instructor, 0)):
        assert refused.headers["tus-resumable"] == "1.0.0"


async def test_a_chunk_at_the_wrong_offset_is_told_the_right_one(client: AsyncClient, instructor: Person) -> None:
    url = await _begun(client, instructor)
    await tus.append(client, instructor, url, 0, DATA[:1000])
    for wrong in (0, 999, 1001, 10**30):
        answer = await tus.append(client, instructor, url, wrong, DATA[:1000])
        assert (answer.status_code, problem_of(answer)["code"]) == (409, "upload.offset_mismatch")
        assert answer.headers["upload-offset"] == "1000"
    assert await tus.offset_of(client, instructor, url) == 1000


@pytest.mark.parametrize(("algorithm", "memory"), [("sha1", 2**20), ("sha256", 2**20), ("sha256", 0)])
async def test_a_chunk_that_does_not_match_its_checksum_is_dropped_whole(
    client: AsyncClient, services: Services, instructor: Person, algorithm: str, memory: int
) -> None:
    services.chunk_memory = MemoryBudget(memory)
    url = await _begun(client, instructor)
    good = tus.checksum(DATA[:500_000], algorithm)
    broken = await tus.append(client, instructor, url, 0, DATA[:499_999] + b"?", **good)
    assert (broken.status_code, problem_of(broken)["code"]) == (460, "upload.checksum_mismatch")
    assert await tus.offset_of(client, instructor, url) == 0
    assert (await tus.append(client, instructor, url, 0, DATA[:500_000], **good)).status_code == 204
    rest = await tus.append(client, instructor, url, 500_000, DATA[500_000:], **tus.checksum(DATA[500_000:], algorithm))
    assert rest.status_code == 204
    async with services.sessions() as session:
        asset = (await session.scalars(select(Asset))).one()
    assert services.storage.read_bytes(keys.original(asset.id)) == DATA
    assert list(services.settings.scratch_dir.glob("chunks/*")) == []
    with services.chunk_memory.reserve(memory) as given_back:
        assert given_back is not None


async def test_chunks_that_are_verified_at_the_same_time_do_not_mix(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    films = [DATA, DATA[::-1]]
    urls = [await _begun(client, instructor) for _ in films]
    everybody_sends = asyncio.Barrier(len(films))

    async def in_two(data: bytes) -> AsyncIterator[bytes]:
        yield data[:1000]
        await everybody_sends.wait()
        yield data[1000:]

    sending = (
        tus.append(client, instructor, url, 0, in_two(data), **tus.checksum(data))
        for url, data in zip(urls, films, strict=True)
    )
    assert [answer.status_code for answer in await asyncio.gather(*sending)] == [204, 204]
    async with services.sessions() as session:
        assets = (await session.scalars(select(Asset).order_by(Asset.id))).all()
    assert [services.storage.read_bytes(keys.original(asset.id)) for asset in assets] == films


async def test_a_buffer_goes_to_the_next_chunk_unless_a_thread_may_still_read_it() -> None:
    memory = MemoryBudget(1000)
    with memory.reserve(600) as first, memory.reserve(600) as too_much:
        assert first is not None
        first[:5] = b"first"
        assert too_much is None
    with memory.reserve(600) as second:
        assert second is not None
        assert bytes(second[:5]) == b"first"
    with pytest.raises(asyncio.CancelledError), memory.reserve(1000):
        raise asyncio.CancelledError
    with memory.reserve(1000) as third:
        assert third is not None
        assert bytes(third[:5]) == bytes(5)


@pytest.mark.parametrize("header", ["md5 AAAA", "sha256", "sha256 AAAA", "sha256 ???", ""])
async def test_a_checksum_that_is_none_is_refused(client: AsyncClient, instructor: Person, header: str) -> None:
    url = await _begun(client, instructor)
    answer = await tus.append(client, instructor, url, 0, b"1234", **{"Upload-Checksum": header})
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "upload.bad_checksum")


async def test_a_chunk_of_another_type_is_refused(client: AsyncClient, instructor: Person) -> None:
    url = await _begun(client, instructor)
    answer = await tus.append(client, instructor, url, 0, b"1234", **{"Content-Type": "application/json"})
    assert (answer.status_code, problem_of(answer)["code"]) == (415, "request.unsupported_type")


async def test_nothing_is_written_beyond_the_announced_length(client: AsyncClient, instructor: Person) -> None:
    url = await _begun(client, instructor, 1000)
    announced = await tus.append(client, instructor, url, 0, DATA[:1001])
    assert (announced.status_code, problem_of(announced)["code"]) == (413, "upload.chunk_too_large")
    assert await tus.offset_of(client, instructor, url) == 0

    async def chunked() -> AsyncIterator[bytes]:
        yield DATA[:900]
        yield DATA[900:1001]

    answer = await tus.append(client, instructor, url, 0, chunked())
    assert (answer.status_code, problem_of(answer)["code"]) == (413, "upload.chunk_too_large")


async def test_two_writers_of_one_upload_do_not_mix(client: AsyncClient, services: Services, instructor: Person) -> None:
    url = await _begun(client, instructor)
    writing, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield DATA[:1000]
        writing.set()
        await go_on.wait()
        yield DATA[1000:]

    first = asyncio.create_task(tus.append(client, instructor, url, 0, slowly()))
    await writing.wait()
    second = await tus.append(client, instructor, url, 0, DATA)
    assert (second.status_code, problem_of(second)["code"]) == (423, "upload.busy")
    ended = await client.delete(url, headers={**instructor.auth, **tus.TUS})
    assert ended.status_code == 423
    go_on.set()
    assert (await first).status_code == 204
    async with services.sessions() as session:
        asset = (await session.scalars(select(Asset))).one()
    assert services.storage.read_bytes(keys.original(asset.id)) == DATA


async def test_a_stalled_chunk_is_given_up_and_what_arrived_is_kept(
    settings_with: Callable[..., Settings], engine: AsyncEngine
) -> None:
    settings = settings_with(upload_idle_s=0.2)
    services = make_services(settings)

    async def stalls() -> AsyncIterator[bytes]:
        yield DATA[:1234]
        await asyncio.Event().wait()

    async with in_process(create_app(settings, services)) as client:
        instructor = await sign_up(client, services.sessions, ["instructor"])
        url = await _begun(client, instructor)
        answer = await tus.append(client, instructor, url, 0, stalls())
        assert (answer.status_code, problem_of(answer)["code"]) == (503, "upload.interrupted")
        assert await tus.offset_of(client, instructor, url) == 1234


async def test_a_stopping_server_lets_go_of_uploads_and_keeps_what_arrived(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    url = await _begun(client, instructor)
    writing = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield DATA[:4321]
        writing.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(tus.append(client, instructor, url, 0, stalls()))
    await writing.wait()
    services.stopping.set()
    assert (await sending).status_code == 503
    assert await tus.offset_of(client, instructor, url) == 4321


async def test_an_upload_whose_last_answer_was_lost_is_completed_by_asking(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    url = await _begun(client, instructor)
    await tus.append(client, instructor, url, 0, DATA[:1000])
    async with services.sessions() as session:
        upload = (await session.scalars(select(Upload))).one()
    # The process died between storing the last bytes and recording that they are complete.
    services.storage.append(upload.key, upload.storage_state, 1000, DATA[1000:])
    assert await tus.offset_of(client, instructor, url) == len(DATA)
    assert await tus.offset_of(client, instructor, url) == len(DATA)
    again = await tus.append(client, instructor, url, len(DATA), b"")
    assert again.status_code == 204
    async with services.sessions() as session:
        assert (await session.scalars(select(Asset.state))).one() is AssetState.UPLOADED
        assert await session.scalar(select(func.count()).select_from(Pipeline)) == 1


async def test_a_user_may_have_only_so_many_unfinished_uploads(
    client: AsyncClient, settings: Settings, instructor: Person, sign_in: SignIn
) -> None:
    limit = settings.uploads.upload_parallel_per_user
    answers = await asyncio.gather(*(tus.create(client, instructor, 10) for _ in range(limit + 3)))
    assert sorted(answer.status_code for answer in answers) == [201] * limit + [423] * 3
    refused = next(answer for answer in answers if answer.status_code == 423)
    assert problem_of(refused)["code"] == "upload.too_many"
    assert int(refused.headers["retry-after"]) > 0
    assert (await tus.create(client, await sign_in("instructor"), 10)).status_code == 201
    done = next(answer for answer in answers if answer.status_code == 201).headers["location"]
    assert (await tus.append(client, instructor, done, 0, b"0123456789")).status_code == 204
    assert (await tus.create(client, instructor, 10)).status_code == 201


async def test_a_terminated_upload_is_gone_with_its_asset(client: AsyncClient, services: Services, instructor: Person) -> None:
    url = await _begun(client, instructor)
    await tus.append(client, instructor, url, 0, DATA[:1000])
    ended = await client.delete(url, headers={**instructor.auth, **tus.TUS})
    assert ended.status_code == 204
    assert (await client.head(url, headers={**instructor.auth, **tus.TUS})).status_code == 404
    async with services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Asset)) == 0
        ours = select(Job.kind).where(Job.kind.startswith("media."))
        assert set(await session.scalars(ours)) == {"media.remove_objects"}


async def test_a_complete_upload_is_not_terminated(client: AsyncClient, instructor: Person) -> None:
    url = await _begun(client, instructor, 4)
    await tus.append(client, instructor, url, 0, b"1234")
    answer = await client.delete(url, headers={**instructor.auth, **tus.TUS})
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "upload.completed")


async def test_an_expired_upload_is_gone_and_gets_purged(client: AsyncClient, services: Services, instructor: Person) -> None:
    url = await _begun(client, instructor)
    await tus.append(client, instructor, url, 0, DATA[:1000])
    past = services.clock() - timedelta(seconds=1)
    async with services.sessions.begin() as session:
        await session.execute(update(Upload).values(expires_at=past))
    answer = await tus.append(client, instructor, url, 1000, DATA[1000:])
    assert (answer.status_code, problem_of(answer)["code"]) == (410, "upload.expired")

    async def purge() -> int:
        async with services.sessions.begin() as session:
            return await uploads.purge_expired(session, services.clock())

    # Each process sweeps when somebody uploads; they don't trip over each other.
    assert sum(await asyncio.gather(*(purge() for _ in range(4)))) == 1
    async with services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Asset)) == 0


async def test_an_upload_is_its_owners_alone(client: AsyncClient, instructor: Person, sign_in: SignIn) -> None:
    url = await _begun(client, instructor)
    for other in (await sign_in("instructor"), await sign_in("admin")):
        assert (await client.head(url, headers={**other.auth, **tus.TUS})).status_code == 404
        assert (await tus.append(client, other, url, 0, b"1")).status_code == 404
        assert (await client.delete(url, headers={**other.auth, **tus.TUS})).status_code == 404


@pytest.mark.parametrize("roles", [("learner",), ("operator",), ()])
async def test_only_instructors_and_admins_upload(client: AsyncClient, sign_in: SignIn, roles: tuple[str, ...]) -> None:
    answer = await tus.create(client, await sign_in(*roles), 10)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "auth.role_missing")
