"""Public pages from one API worker, limits on, against bare routes on the same server, in turns."""

import asyncio
import os
import secrets
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import asyncpg
import httpx

from bench import bare_api
from bench.loading import CONNECTIONS, compare, family, load, pin
from bench.report import Table
from ops.demo.client import Person
from ops.embedded.platform import Platform

COURSES = 100_000
DEEP = 1000
"""The page that is compared with the first."""
_PER_PAGE = 20
_SLUG = "course-99999"
# As many addresses of one page, so that none of them is in memory when its turn comes again.
_VARIANTS = 400
_API = "/api/v1/courses"
_ENV = {
    # Counted, but not refused.
    "AULA_LIMIT_READ_PER_ADDRESS": "999999999/60",
    # Room for the first page of the catalogue, not for all the variants.
    "AULA_CACHE_BYTES": "400000",
    "AULA_LOG_LEVEL": "INFO",
}
_SEED = """
INSERT INTO courses
       (id, owner_id, slug, title, summary, description, category, tags, price_minor, currency, state, published_at)
SELECT gen_random_uuid(), $1, 'course-' || n, 'Course ' || n, 'What course ' || n || ' is about, in a sentence or two.',
       repeat('A paragraph of the description. ', 20), 'category-' || n % 20, ARRAY['tag-' || n % 50, 'architecture'],
       n % 5 * 1000, 'EUR', 'published', now() - n * interval '1 minute'
FROM generate_series(1, $2) n
"""


async def _seed(database_url: str, owner: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_SEED, owner, COURSES)
        await connection.execute("VACUUM ANALYZE courses")
    finally:
        await connection.close()


def _page(url: str, number: int) -> str:
    """The query of page `number`, found as a reader would: by going from page to page, a hundred courses at a time."""
    cursor = ""
    with httpx.Client(base_url=url, timeout=30) as client:
        seen = 0
        while seen < (number - 1) * _PER_PAGE:
            step = min(100, (number - 1) * _PER_PAGE - seen)
            answer = client.get(f"{_API}?limit={step}{cursor}").raise_for_status().json()
            seen += len(answer["items"])
            cursor = f"&cursor={answer['nextCursor']}"
    return f"?limit={_PER_PAGE}{cursor}"


def _variants(path: str) -> list[str]:
    joint = "&" if "?" in path else "?"
    return [f"{path}{joint}n={number}" for number in range(_VARIANTS)]


def _measure(platform: Platform, rounds: int) -> list[Table]:
    ours = int(urlsplit(platform.base_url).port or 0)
    deep = _page(platform.base_url, DEEP)
    cores = sorted(os.sched_getaffinity(0))
    server, client = {cores[0]}, {cores[-1]}
    pages = {
        "cached": [f"{_API}?limit={_PER_PAGE}"],
        "slug": _variants(f"{_API}/by-slug/{_SLUG}"),
        "first": _variants(f"{_API}?limit={_PER_PAGE}"),
        "deep": _variants(f"{_API}{deep}"),
    }
    found: dict[str, list[float]] = {name: [] for name in (*pages, "bare", "row")}
    with bare_api.running(platform.env["AULA_DATABASE_URL"], _SLUG) as (pid, theirs):
        # PostgreSQL and Redis beside the clients, for both servers alike: left alone they take now this core and now that.
        for core, roots in ((client, platform.processes.values()), (server, (platform.processes["api"], pid))):
            for process in (each for root in roots for each in family(root)):
                pin(process, core)
        for number in range(rounds + 1):
            rates = {"bare": load(theirs, [bare_api.BARE], client), "row": load(theirs, [bare_api.ROW], client)}
            rates |= {name: load(ours, paths, client) for name, paths in pages.items()}
            # The first of everything does not count.
            if number:
                for name, rate in rates.items():
                    found[name].append(rate.requests_s)
    where = "server on one core, the rest on another" if server != client else "everything on one core"
    way = f"{CONNECTIONS} connections, {where}, limits on, medians of {rounds}"
    table = Table(f"Public pages, {way}", ("", "bare route requests/s", "API requests/s", "ratio"))
    compare(table, "catalogue page from memory : no work", list(zip(found["bare"], found["cached"], strict=True)))
    compare(table, "course by slug, uncached : one row by SQLAlchemy Core", list(zip(found["row"], found["slug"], strict=True)))
    listing = Table(f"Pages of {COURSES:,} courses, uncached, {_PER_PAGE} a page, {way}", ("", "ms a request", "times page 1"))
    first = median(1000 / each for each in found["first"])
    cost = median(a / b for a, b in zip(found["first"], found["deep"], strict=True))
    listing.add("page 1", f"{first:.2f}", "1.00")
    listing.add(f"page {DEEP:,}", f"{median(1000 / each for each in found['deep']):.2f}", f"{cost:.2f}")
    return [table, listing]


def run(folder: Path, rounds: int) -> list[Table]:
    """Measure over a platform below `folder`, whose catalogue is written into its database."""
    folder.mkdir(parents=True, exist_ok=True)
    with Platform(folder / "platform", units=(), env=_ENV) as platform:
        with Person(platform.base_url, "bench@example.org", secrets.token_urlsafe(12), "Bench") as person:
            person.register()
            owner = str(person.call("GET", "users/me").json()["id"])
        asyncio.run(_seed(platform.env["AULA_DATABASE_URL"], owner))
        return _measure(platform, rounds)
