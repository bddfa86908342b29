"""Plain SQL against a running platform, for what no part of it offers on purpose."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg


def run_sql(database_url: str, sql: str, *arguments: Any) -> None:
    """Run one statement with arguments, or any number without."""

    async def run() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(sql, *arguments)
        finally:
            await connection.close()

    # In a thread of its own: Playwright keeps an event loop running in the test's.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
