"""Fractional keys: the order of modules, lessons and questions as text, so that moving one thing rewrites that thing alone.

A key is the fraction 0.xyz in base 62, without its "0." and without zeros at its end, so there is always room before and after
it. The digits are in the order of their bytes: columns that hold keys have the collation "C".
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONG = 100
"""A key of this length wants its siblings spread anew; columns hold 120."""

_BASE = len(DIGITS)
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}
# At either end keys step in their first digits instead of halving what is left: a list that only grows at its end keeps short
# keys (119,000 steps of 62^3 lie between the first key, in the middle, and either end).
_HEAD = 6
_STEP = _BASE**3


def between(before: str | None, after: str | None) -> str:
    """A key after `before` and before `after`; None stands for the list's end there. Raises ValueError when there is no room.

    It grows by one digit for about six insertions at the same place.
    """
    for key in (before, after):
        if key is not None and not _is_key(key):
            raise ValueError(f"not a key: {key!r}")
    if before is not None and after is not None and before >= after:
        raise ValueError(f"nothing lies between {before!r} and {after!r}")
    if after is None:
        head = _head(before) + _STEP if before is not None else _BASE**_HEAD // 2
        if head < _BASE**_HEAD:
            return _text(head, _HEAD)
    elif before is None and (head := _head(after) - _STEP) > 0:
        return _text(head, _HEAD)
    return _middle(before or "", after)


def spread(count: int) -> list[str]:
    """`count` keys in order, short and evenly apart."""
    width = 1
    while _BASE**width <= count:
        width += 1
    # One digit more leaves room between neighbours.
    room = _BASE ** (width + 1)
    return [_text(room * number // (count + 1), width + 1) for number in range(1, count + 1)]


def _is_key(key: str) -> bool:
    return bool(key) and key[-1] != DIGITS[0] and all(digit in _VALUES for digit in key)


def _head(key: str) -> int:
    value = 0
    for digit in key[:_HEAD].ljust(_HEAD, DIGITS[0]):
        value = value * _BASE + _VALUES[digit]
    return value


def _text(value: int, width: int) -> str:
    digits = []
    for _ in range(width):
        value, digit = divmod(value, _BASE)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)).rstrip(DIGITS[0])


def _middle(low: str, high: str | None) -> str:
    """A short fraction between two: "" is zero, None is one."""
    found = ""
    while True:
        floor = _VALUES[low[0]] if low else 0
        ceiling = _VALUES[high[0]] if high else _BASE
        if ceiling - floor > 1:
            return found + DIGITS[(floor + ceiling) // 2]
        if floor == ceiling:
            low, high = low[1:], high[1:] if high else None
        elif high is not None and len(high) > 1:
            return found + high[0]
        else:
            # Neighbouring digits: whatever begins with the lower one and goes on lies below `high`.
            low, high = low[1:], None
        found += DIGITS[floor]
