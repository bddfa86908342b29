"""Fractional keys stay in order, short, and always leave room."""

import random

import pytest

from core.positions import LONG, between, spread


def test_keys_are_in_the_order_in_which_things_were_put() -> None:
    choose = random.Random(7)
    keys: list[str] = []
    for _ in range(3000):
        at = choose.randint(0, len(keys))
        keys.insert(at, between(keys[at - 1] if at else None, keys[at] if at < len(keys) else None))
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert max(map(len, keys)) < 20


def test_a_list_that_grows_at_its_ends_keeps_short_keys() -> None:
    last = first = between(None, None)
    for _ in range(5000):
        last, first = _after(last), _before(first)
    assert len(last) <= 6
    assert len(first) <= 6


def test_a_list_that_fills_one_gap_says_when_it_is_to_be_spread() -> None:
    low, high = "V", "W"
    for _ in range(300):
        high = between(low, high)
        assert low < high
    assert len(high) < LONG


@pytest.mark.parametrize("count", [0, 1, 2, 61, 62, 63, 5000])
def test_spread_keys_are_short_and_leave_room(count: int) -> None:
    keys = spread(count)
    assert len(keys) == len(set(keys)) == count
    assert keys == sorted(keys)
    for low, high in zip([None, *keys], [*keys, None], strict=True):
        between(low, high)
    assert all(len(key) <= 4 for key in keys)


@pytest.mark.parametrize(
    ("low", "high"),
    [("V", "V"), ("W", "V"), ("V0", None), (None, "0"), ("", None), ("!", None), ("V", "V0"), ("\u00fc", None)],
)
def test_what_is_no_key_or_leaves_no_room_is_refused(low: str | None, high: str | None) -> None:
    with pytest.raises(ValueError, match=r"not a key|nothing lies between"):
        between(low, high)


@pytest.mark.parametrize(
    ("low", "high"), [(None, "01"), (None, "00001"), ("1", "2"), ("1", "11"), ("zzzzzz", None), ("1z", "2")]
)
def test_there_is_room_where_keys_are_neighbours(low: str | None, high: str | None) -> None:
    key = between(low, high)
    assert (low or "") < key
    assert high is None or key < high
    assert not key.endswith("0")


def _after(key: str) -> str:
    found = between(key, None)
    assert key < found
    return found


def _before(key: str) -> str:
    found = between(None, key)
    assert found < key
    return found
