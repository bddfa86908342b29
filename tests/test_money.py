"""Money is exact: decimals become minor units and come back, and what a currency can't express is refused."""

import json
from decimal import Decimal

import pytest

from core.errors import ErrorKind, Refused
from core.money import EXPONENTS, MAX_MINOR, exponent_of, formatted, to_decimal, to_minor, to_number


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0", "USD", 0),
        ("-0.0", "USD", 0),
        ("0e999999999", "USD", 0),
        ("0.1", "USD", 10),
        ("19.99", "USD", 1999),
        ("19.990000", "USD", 1999),
        ("1e2", "USD", 10_000),
        ("1E-2", "EUR", 1),
        ("-5.05", "EUR", -505),
        ("500", "JPY", 500),
        ("5e2", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("9999999999.99", "USD", MAX_MINOR),
        ("19.99" + "0" * 5000, "USD", 1999),
    ],
)
def test_amounts_become_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert to_decimal(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("19.999", "USD", "money.too_precise"),
        ("0.5", "JPY", "money.too_precise"),
        ("0.0001", "KWD", "money.too_precise"),
        ("1e-999999999", "USD", "money.too_precise"),
        ("19.99" + "0" * 5000 + "1", "USD", "money.too_precise"),
        ("10000000000", "USD", "money.too_large"),
        ("1e999999999", "USD", "money.too_large"),
        ("9" * 5000, "USD", "money.too_large"),
        ("Infinity", "USD", "money.too_large"),
        ("NaN", "USD", "money.too_large"),
        ("1", "usd", "money.unknown_currency"),
        ("1", "XXX", "money.unknown_currency"),
        ("1", "", "money.unknown_currency"),
    ],
)
def test_what_a_currency_can_not_express_is_refused(amount: str, currency: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        to_minor(Decimal(amount), currency)
    assert (refused.value.code, refused.value.kind) == (code, ErrorKind.UNPROCESSABLE)
    field = "currency" if code == "money.unknown_currency" else "price"
    assert [error["field"] for error in refused.value.detail["errors"]] == [field]


@pytest.mark.parametrize(
    ("minor", "currency"), [(1, "USD"), (MAX_MINOR, "USD"), (MAX_MINOR, "KWD"), (MAX_MINOR - 1, "JPY"), (30, "EUR")]
)
def test_a_json_number_carries_an_amount_there_and_back(minor: int, currency: str) -> None:
    text = json.dumps(to_number(minor, currency))
    assert to_minor(Decimal(text), currency) == minor
    assert to_minor(Decimal(repr(float(text))), currency) == minor


def test_amounts_are_shown_with_all_decimals_of_their_currency() -> None:
    shown = [formatted(1990, "USD"), formatted(500, "JPY"), formatted(1200, "BHD"), formatted(0, "EUR")]
    assert shown == ["19.90 USD", "500 JPY", "1.200 BHD", "0.00 EUR"]
    assert [to_number(1990, "USD"), to_number(50_000, "USD")] == [19.9, 500]


def test_the_table_knows_currencies_by_three_capital_letters_once() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
    assert len(EXPONENTS) > 150
    assert [exponent_of(code) for code in ("USD", "EUR", "JPY", "KRW", "TND", "ISK", "HUF")] == [2, 2, 0, 0, 3, 0, 2]
