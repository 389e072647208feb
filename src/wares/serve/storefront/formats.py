"""Money, numbers and dates as a reader of the page's language writes them."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision

from wares.serve.storefront.messages import LOCALES, Messages
from wares.types import AttributeValue, Money, Quantity


def digits(currency: str) -> int:
    """Decimal places of a currency: 2 for EUR, 0 for JPY."""
    return get_currency_precision(currency)


def major(amount: float, currency: str) -> Decimal:
    """Minor units → major units: ``major(1999, "EUR")`` is 19.99, ``major(1999, "JPY")`` is 1999."""
    return Decimal(round(amount)).scaleb(-digits(currency))


def minor(text: str, currency: str) -> int | None:
    """Major units as a shopper types them → minor units; None where that is no sensible amount."""
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount < 10**10:
        return None
    return int(amount.scaleb(digits(currency)).to_integral_value())


def money(price: Money, language: str) -> str:
    """ "$19.99", "US$19.99": as the language writes that currency."""
    return format_currency(major(price.amount, price.currency), price.currency, locale=LOCALES[language])


def number(value: float, language: str) -> str:
    """ "1,234.5"."""
    return format_decimal(value, locale=LOCALES[language])


def percent(share: float, language: str) -> str:
    """ "24%" for 0.24."""
    return format_percent(share, format="#,##0%", locale=LOCALES[language])


def day(moment: datetime, language: str) -> str:
    """ "May 1, 2026"."""
    return format_date(moment.date(), format="long", locale=LOCALES[language])


def attribute(value: AttributeValue, t: Messages) -> str:
    """An attribute's value in words: "175 ml", "Yes", "wool, nylon"."""
    match value:
        case bool():
            return t("yes" if value else "no")
        case Quantity():
            return f"{number(value.value, t.language)} {value.unit}".strip()
        case float() | int():
            return number(value, t.language)
        case tuple():
            return (", " if t.language == "en" else "、").join(value)
        case _:
            return value
