"""Money, exactly: amounts are whole minor units of an ISO 4217 currency, and decimals only at the edges."""

from decimal import Decimal

from core.errors import ErrorKind, Refused

MAX_MINOR = 999_999_999_999
"""The largest amount: with twelve digits it goes through every client's floating point and back without a change."""

# How many decimals each currency has, by ISO 4217. Left out are metals, test codes and units of account such as CLF,
# in none of which anybody pays.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_HUNDREDTHS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK
    DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
    LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR
    RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED
    VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: dict[str, int] = {
    code: exponent for exponent, codes in ((0, _WHOLE), (2, _HUNDREDTHS), (3, _THOUSANDTHS)) for code in codes.split()
}
"""Decimals by currency code."""


def exponent_of(currency: str, *, field: str = "currency") -> int:
    """Decimals of the currency. Raises Refused `money.unknown_currency`, which names `field`."""
    if currency not in EXPONENTS:
        raise _refused("money.unknown_currency", "This is not a currency of ISO 4217.", field)
    return EXPONENTS[currency]


def to_minor(amount: Decimal, currency: str, *, field: str = "price", currency_field: str = "currency") -> int:
    """`amount` in minor units: 19.99 USD is 1999, 500 JPY is 500.

    Raises Refused: `money.unknown_currency`, `money.too_precise` when the currency has fewer decimals, `money.too_large`.
    Works on the digits: `1e999999999` in a body must cost nothing, and the decimal module's context must not round.
    """
    exponent = exponent_of(currency, field=currency_field)
    if not amount.is_finite():
        raise _refused("money.too_large", "The amount is no number that money can have.", field)
    if amount == 0:
        return 0
    sign, digits, shift = amount.as_tuple()
    if amount.adjusted() > len(str(MAX_MINOR)):
        raise _refused("money.too_large", "The amount is too large.", field)
    places = int(shift) + exponent
    kept = len(digits) + min(places, 0)
    if kept <= 0 or any(digits[kept:]):
        decimals = {0: "no decimals", 2: "two decimals", 3: "three decimals"}[exponent]
        raise _refused("money.too_precise", f"{currency} has {decimals}.", field)
    minor = int("".join(map(str, digits[:kept])) + "0" * max(places, 0))
    if minor > MAX_MINOR:
        raise _refused("money.too_large", "The amount is too large.", field)
    return -minor if sign else minor


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as a decimal with all decimals of the currency: 1990 USD is 19.90. Raises Refused for an unknown one."""
    return Decimal(minor).scaleb(-exponent_of(currency))


def to_number(minor: int, currency: str) -> int | float:
    """Minor units as a JSON number: 19.9, and 500 rather than 500.0. Exact up to MAX_MINOR, as doubles keep 15 digits."""
    amount = to_decimal(minor, currency)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def formatted(minor: int, currency: str) -> str:
    """For people and machines alike: `19.90 USD`."""
    return f"{to_decimal(minor, currency):f} {currency}"


def _refused(code: str, message: str, field: str) -> Refused:
    return Refused(code, message, kind=ErrorKind.UNPROCESSABLE, errors=[{"field": field, "message": message}])
