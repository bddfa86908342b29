"""A course document spread over files: `course.json`, and the long texts beside it as Markdown that people can read and edit.

Where `course.json` has `descriptionFile` or a lesson's `bodyFile`, the text is in the file of that name.
Pure: from and to bytes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from core.course_document import FORMAT, VERSION, CourseDocument, faults
from core.errors import ErrorKind, Refused
from core.slugs import slug_of

DOCUMENT = "course.json"
MAX_DOCUMENT_BYTES = 8 * 2**20
MAX_TEXT_BYTES = 512 * 1024

_ENCODER = msgspec.json.Encoder()


def pack(document: CourseDocument) -> dict[str, bytes]:
    """The files of `document` by name; the same document gives the same bytes."""
    value = msgspec.to_builtins(document)
    files: dict[str, bytes] = {}
    _put_out(files, value["course"], "description", "description.md")
    for number, module in enumerate(value["modules"], start=1):
        for place, lesson in enumerate(module.get("lessons", ()), start=1):
            name = f"lessons/{number:02d}-{place:02d}-{slug_of(lesson['title'], 'lesson')[:60].strip('-')}.md"
            _put_out(files, lesson, "body", name)
    return {DOCUMENT: msgspec.json.format(_ENCODER.encode(value), indent=1) + b"\n", **files}


def unpack(files: Mapping[str, bytes]) -> CourseDocument:
    """The document in `files`. Raises Refused (UNPROCESSABLE).

    `archive.no_document`, `archive.not_json`, `archive.not_a_course`, `archive.version`, `archive.text_missing`,
    `archive.not_text`, `archive.invalid` (it is not what the schema says), `archive.inconsistent` (it makes no sense).
    """
    if DOCUMENT not in files:
        raise unprocessable("archive.no_document", f"There is no {DOCUMENT} in the archive.")
    try:
        value = msgspec.json.decode(files[DOCUMENT])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unprocessable("archive.not_json", f"{DOCUMENT} can't be read as JSON.") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise unprocessable("archive.not_a_course", f'{DOCUMENT} has no "format": "{FORMAT}".')
    if value.get("version") != VERSION:
        raise unprocessable("archive.version", f"This installation reads version {VERSION} of the format.")
    for part, text, at in _texts(value):
        _take_in(files, part, text, at)
    return checked(value)


def checked(value: object) -> CourseDocument:
    """`value` as a document that makes sense. Raises Refused (UNPROCESSABLE) `archive.invalid`, `archive.inconsistent`."""
    try:
        document = msgspec.convert(value, CourseDocument)
    except (msgspec.ValidationError, RecursionError) as error:
        message, _, field = str(error).partition(" - at ")
        errors = [{"field": field.strip("`$."), "message": message}]
        raise unprocessable("archive.invalid", f"{DOCUMENT} is not a course: {message}.", errors=errors) from error
    found = faults(document)
    if found:
        errors = [{"field": fault.field, "message": fault.message} for fault in found]
        raise unprocessable("archive.inconsistent", "The course in the archive makes no sense.", errors=errors)
    return document


def unprocessable(code: str, message: str, **detail: Any) -> Refused:
    """A refusal of an archive that can be read as a request, but not as a course."""
    return Refused(code, message, kind=ErrorKind.UNPROCESSABLE, **detail)


def _put_out(files: dict[str, bytes], part: dict[str, Any], text: str, name: str) -> None:
    content = part.pop(text, "")
    if content:
        files[name] = content.encode()
        part[f"{text}File"] = name


def _texts(value: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Whatever may name a file, with the name of its text; what is not shaped as a course is left to the schema."""
    course = value.get("course")
    if isinstance(course, dict):
        yield course, "description", "course"
    for number, module in enumerate(_list(value.get("modules"))):
        if isinstance(module, dict):
            for place, lesson in enumerate(_list(module.get("lessons"))):
                if isinstance(lesson, dict):
                    yield lesson, "body", f"modules[{number}].lessons[{place}]"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _take_in(files: Mapping[str, bytes], part: dict[str, Any], text: str, at: str) -> None:
    field = f"{text}File"
    if field not in part:
        return
    name = part.pop(field)
    errors = [{"field": f"{at}.{field}", "message": "Names no text of the archive."}]
    if not isinstance(name, str) or name == DOCUMENT or name not in files or text in part:
        raise unprocessable("archive.text_missing", "A text that the course names is not in the archive.", errors=errors)
    try:
        # A signature and the line ends of other systems come with editors.
        part[text] = files[name].decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise unprocessable("archive.not_text", "A text in the archive is not UTF-8.", errors=errors) from error
