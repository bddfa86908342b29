"""Pictures in Markdown: `![What it shows](file:<id>)` gets an address that is signed for whoever may read the text."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.served_files import FileAddresses
from api.services import Services
from core.markdown import ImageAddress, all_image_references, render_all
from domain import files

# More than any page shows; the rest is not looked up.
_MOST = 100


async def image_addresses(session: AsyncSession, services: Services, course_id: UUID, *texts: str) -> ImageAddress:
    """Resolves the pictures of these texts of a course, in one query; that the reader may see them is settled before."""
    found_in = await all_image_references(texts)
    wanted = list(dict.fromkeys(UUID(each) for named in found_in for each in named))[:_MOST]
    found = await files.shown(session, course_id, wanted)
    signed = FileAddresses(services.signer, services.clock())
    addresses = {f"file:{file_id}": signed.picture(file_id, file.key) for file_id, file in found.items() if file.key}
    return lambda source: addresses.get(source.lower())


async def render_for_reader(session: AsyncSession, services: Services, course_id: UUID, text: str) -> str:
    """A text of a course as safe HTML, with its pictures, for somebody who may read it."""
    if "file:" not in text:
        return (await render_all([text]))[0]
    return (await render_all([text], await image_addresses(session, services, course_id, text)))[0]
