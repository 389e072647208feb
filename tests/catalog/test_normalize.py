"""One way to write everything; each case worked by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.catalog import values
from wares.catalog.normalize import Normalizer, category, fold
from wares.catalog.normalize.gtin import digits_of
from wares.catalog.normalize.units import canonical, quantity
from wares.catalog.normalize.words import clean, language_of, line
from wares.catalog.problems import Problems
from wares.types import Barcode, Money, Product, Quantity, Rating, Review, Variant


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("15.00 USD", 1500, "USD"),
        ("USD 12", 1200, "USD"),
        ("15", 1500, "EUR"),
        ("€1.234,50", 123450, "EUR"),
        ("1.234.567,89 €", 123456789, "EUR"),
        ("1,299.00", 129900, "EUR"),
        ("1'234.50 CHF", 123450, "CHF"),
        ("1 234,50 zł", 123450, "PLN"),
        ("¥199", 19900, "CNY"),
        ("199元", 19900, "CNY"),
        ("人民币 199", 19900, "CNY"),
        ("1999円", 1999, "JPY"),
        ("1,999 JPY", 1999, "JPY"),
        ("12.345 KWD", 12345, "KWD"),
        ("HK$88", 8800, "HKD"),
        ("US$ 1,200.50", 120050, "USD"),
        ("$15", 1500, "USD"),
        ("0", 0, "EUR"),
        ("12,345.678 BHD", 12345678, "BHD"),
    ],
)
def test_prices_as_people_write_them(text, amount, currency):
    problems = Problems(1)
    assert values.money(text, "EUR", "price", problems) == Money(amount, currency)
    assert problems.all() == ()


def test_a_shared_sign_means_the_shops_currency():
    assert values.money("$5", "CAD", "price", Problems(1)) == Money(500, "CAD")
    assert values.money("¥500", "JPY", "price", Problems(1)) == Money(500, "JPY")


@pytest.mark.parametrize("text", ["abc", "-5", "12-15 USD", "5 XYZ", "1e5", "9" * 50, "$", "NaN", "5 5 5 USD 6 EUR"])
def test_what_is_no_price_is_told(text):
    problems = Problems(1)
    assert values.money(text, "USD", "price", problems) is None
    assert len(problems.errors) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("1,5", 1.5), ("1,234", 1234), ("1,234.5", 1234.5), (" -3 ", -3), ("", None), ("many", None)],
)
def test_numbers(text, value):
    assert values.number(text, "stock", Problems(1)) == value


@given(st.text(max_size=30))
def test_no_text_crashes_the_price_reader(text):
    problems = Problems(1)
    found = values.money(text, "USD", "price", problems)
    assert (found is None) == bool(problems.errors) or not text.strip()
    assert found is None or found.amount >= 0


@given(st.integers(0, 10**11), st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_is_written_plainly_is_read_exactly(amount, currency):
    digits = values.exponent(currency)
    text = f"{amount / 10**digits:,.{digits}f} {currency}"
    assert values.money(text, "", "price", Problems(1)) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1.5 kg", 1500, "g"),
        ("175ml", 175, "ml"),
        ("175毫升", 175, "ml"),
        ("0.5 L", 500, "ml"),
        ("3斤", 1500, "g"),
        ('15.6"', 39.624, "cm"),
        ("2 m", 200, "cm"),
        ("5000 mAh", 5, "Ah"),
        ("2.4 GHz", 2.4e9, "Hz"),
        ("1 TB", 1000, "GB"),
        ("8 oz", 226.796185, "g"),
        ("10 min.", 600, "s"),
    ],
)
def test_quantities_in_canonical_units(text, value, unit):
    found = quantity(text)
    assert found == Quantity(pytest.approx(value), unit)
    assert canonical(found) == found, "what is canonical stays as it is"


@pytest.mark.parametrize("text", ["XL", "5 C", "3 D", "100%", "-40 - 60", '1.0" wide', "10 x 20 cm", "blue", "42", ""])
def test_words_are_no_quantities(text):
    assert quantity(text) is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("4006381333931", "4006381333931"),
        ("400-6381 333931", "4006381333931"),
        ("88698629123", "088698629123"),
        ("96385074", "96385074"),
        ("4006381333931.0", "4006381333931"),
        ("4006381333932", ""),
        ("123", ""),
        ("0000000000000", ""),
        ("abc", ""),
    ],
)
def test_trade_numbers_have_a_check_digit_and_their_zeros(text, digits):
    assert digits_of(text) == digits


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain text", "plain text"),
        ("<p>Soft <b>wool</b> &amp; silk</p><ul><li>a</li><li>b</ul>", "Soft wool & silk\n\n• a\n• b"),
        ("a<script>alert(1)</script>b", "ab"),
        ("&lt;img src=x onerror=alert(1)&gt;x", "x"),
        ("a < b & c > d", "a < b & c > d"),
        ("<scr<script>ipt>x", "ipt>x"),
        ("CafÃ©", "Café"),
        ("it\u202es \u200bback", "its back"),
        ("a\x00b\x07", "ab"),
        ("e\u0301", "é"),
        ("two\r\n\r\n\r\nlines", "two\n\nlines"),
        ("家庭 装", "家庭 装"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
    ],
)
def test_text_is_cleaned(text, cleaned):
    assert clean(text) == cleaned


@given(st.text(max_size=200))
def test_clean_text_is_clean(text):
    once = clean(text)
    assert "<script" not in once.lower()
    assert not any(letter in once for letter in "\x00\u202e\u200b\ud800")
    assert "\n" not in line(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("小米 Redmi Note 手机", "zh"),
        ("素敵なシャツ", "ja"),
        ("멋진 셔츠", "ko"),
        ("Red shirt", "en"),
        ("Ein schöner roter Pullover aus Wolle für den Winter", "de"),
        ("Nike Women As Nike Eleme White T-Shirt", "en"),
        ("HP 80 Original Cyan DesignJet Ink Cartridge", "en"),
        ("Chaussures de course homme noires", "fr"),
        ("12345", "en"),
    ],
)
def test_languages(text, language):
    assert language_of(text, "en") == language


def test_categories_and_brands_are_written_one_way():
    assert category("Women>Tops›Hoodies") == "Women > Tops > Hoodies"
    assert category("T-Shirts/Polos") == "T-Shirts/Polos"
    assert fold("NIKE ") == fold("Nike") == fold("ni-ke")


def thing(**fields) -> Product:
    return replace(Product("p", "Thing", (Variant("v"),), language="en"), **fields)


def test_a_product_is_normalised_once_and_for_all():
    product = thing(
        title="  <b>Big</b> lamp ",
        attributes={"weight": "1.5 kg", "size": "10 cm", "none": "", "tags": ("a", "a", "")},
        variants=(Variant("v", price=Money(100, "EUR"), list_price=Money(90, "EUR"), options={"Color": " Red "}),),
        reviews=(Review("r", "good", rating=4.0), Review("s", "ok", rating=5.0), Review("t", "no stars")),
    )
    found = Normalizer()(product, Problems(1))
    assert found.title == "Big lamp"
    assert found.attributes == {"weight": Quantity(1500.0, "g"), "size": "10 cm", "tags": ("a",)}
    assert found.variants[0].list_price is None, "a former price is higher"
    assert found.variants[0].options == {"color": "Red"}
    assert found.rating == Rating(4.5, 2)
    assert Normalizer()(found, Problems(1)) == found


def test_a_wrong_trade_number_is_told_and_kept():
    problems = Problems(1)
    product = thing(variants=(Variant("v", barcodes=(Barcode("ean", "4006381333932"),)),))
    assert Normalizer()(product, problems).variants[0].barcodes == (Barcode("gtin", "4006381333932"),)
    assert [problem.field for problem in problems.warnings] == ["gtin"]


@pytest.mark.parametrize(
    ("text", "stock", "expected"),
    [
        ("in stock", None, "in_stock"),
        ("https://schema.org/OutOfStock", None, "out_of_stock"),
        ("缺货", None, "out_of_stock"),
        ("预售", None, "preorder"),
        ("", 0, "out_of_stock"),
        ("", 3, "in_stock"),
        ("", None, "in_stock"),
    ],
)
def test_availability(text, stock, expected):
    problems = Problems(1)
    assert values.availability(text, stock, "availability", problems) == expected
    assert problems.all() == ()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31T12:00:00+08:00", "2026-01-31T04:00:00+00:00"),
        ("2026/01/31 10:00", "2026-01-31T10:00:00+00:00"),
        ("1767225600", "2026-01-01T00:00:00+00:00"),
        ("1767225600000", "2026-01-01T00:00:00+00:00"),
    ],
)
def test_times_are_utc(text, moment):
    assert values.time(text, "created", Problems(1)).isoformat() == moment
