"""Which cached answers a transaction makes stale: noted in the session, told after its commit."""

from sqlalchemy.ext.asyncio import AsyncSession

CATALOG = "catalog"
"""Everything that the public sees of courses."""
PRODUCTS = "products"


def touch(session: AsyncSession, area: str) -> None:
    """After the commit nobody gets an answer about `area` that was kept before it."""
    session.info.setdefault("touched_areas", set()).add(area)
