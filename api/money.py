"""Money over the wire: amounts are decimals in strings, which no client's floating point touches, beside their minor units."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from api.wire import Body, View
from core.money import to_decimal, to_minor

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", examples=["USD"])]
Amount = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,3})?$", max_length=14, examples=["19.90"])]


class MoneyBody(Body):
    """An amount that somebody wants: `{"amount": "19.90", "currency": "USD"}`."""

    amount: Amount
    currency: Currency

    def minor(self, field: str = "price") -> int:
        """In minor units. Raises Refused: `money.unknown_currency`, `money.too_precise`, `money.too_large`."""
        return to_minor(Decimal(self.amount), self.currency, field=f"{field}.amount", currency_field=f"{field}.currency")


class MoneyView(View):
    """An amount, with all decimals of its currency."""

    amount: str
    amount_minor: int
    currency: str


def money_view(minor: int, currency: str) -> MoneyView:
    """The amount as it is shown."""
    return MoneyView(amount=f"{to_decimal(minor, currency):f}", amount_minor=minor, currency=currency)
