"""Requests whose JSON bodies are taken as they are: the framework alone would read "5" as a number and 1 as true."""

import re
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import SerializationException, ValidationException
from litestar.serialization import default_deserializer

# Up to here a float is the number that was written.
_EXACT = 2**53
_PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")


@lru_cache(maxsize=1024)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=default_deserializer)


class ExactRequest(Request[Any, Any, Any]):
    """A request that decodes its body to what the route's `data` is, in one strict step."""

    async def json(self) -> Any:
        """The body. Raises ValidationException, which names the field, and SerializationException for what is no JSON."""
        field = self.route_handler.parsed_fn_signature.parameters.get("data")
        body = await self.body()
        if field is None or not body:
            return await super().json()
        try:
            return _decoder(field.annotation).decode(body)
        except msgspec.ValidationError as error:
            # What is no JSON further on is malformed, whatever else is wrong with it.
            found = await super().json()
            if "got `float`" in str(error):
                return _convert(found, field.annotation)
            raise ValidationException(extra=[_fault(str(error))]) from None
        except msgspec.DecodeError as error:
            raise SerializationException(str(error)) from None


def _convert(found: Any, kind: Any) -> Any:
    """The same of a body in which whole numbers are written as 12.0, which JSON Schema takes for integers."""
    try:
        return msgspec.convert(_whole(found), kind, dec_hook=default_deserializer)
    except msgspec.ValidationError as error:
        raise ValidationException(extra=[_fault(str(error))]) from None


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return {name: _whole(each) for name, each in value.items()} if isinstance(value, dict) else value


def _fault(message: str) -> dict[str, str]:
    found = _PLACE.search(message)
    return {"key": found["path"] if found else "", "message": _PLACE.sub("", message)}
