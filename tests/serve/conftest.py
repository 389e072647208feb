"""The small shop and a client of its pages."""

from datetime import UTC, datetime

import pytest
from PIL import Image
from starlette.testclient import TestClient

from serve.reading_shop import ReadingShop
from serve.small_shop import SmallShop
from wares.serve.app import create_app
from wares.types import (
    Category,
    Link,
    Media,
    Money,
    Product,
    Quantity,
    Rating,
    Review,
    Translation,
    Variant,
)

HOSTILE = '<script>alert("x")</script> & "Sons"'


@pytest.fixture
def shop(tmp_path):
    shop = SmallShop([], tmp_path)
    red, blue = (shop.media.add(Image.new("RGB", (40, 50), colour)) for colour in ("red", "blue"))
    clip = shop.media.add_clip(b"a clip")
    mug = Product(
        id="mug",
        title="Stoneware Mug",
        description="Keeps tea warm.\nHolds enough of it.",
        language="en",
        brand="Ember",
        categories=(Category("Home > Kitchen > Mugs"),),
        media=(
            Media("red.png", options={"color": "Red"}, sha256=red),
            Media("blue.png", options={"color": "Blue"}, sha256=blue),
            Media("spin.mp4", kind="video", sha256=clip),
        ),
        variants=(
            Variant(
                "MUG-R-S",
                price=Money(1900, "USD"),
                list_price=Money(2500, "USD"),
                options={"color": "Red", "size": "S"},
            ),
            Variant("MUG-B-S", price=Money(2100, "USD"), options={"color": "Blue", "size": "S"}, stock=3),
            Variant(
                "MUG-B-L", price=Money(2400, "USD"), options={"color": "Blue", "size": "L"}, availability="out_of_stock"
            ),
        ),
        rating=Rating(4.5, 2),
        reviews=(
            Review("r1", "Lovely glaze, great quality.", "Lovely", 5.0, "en", "Ann", datetime(2026, 5, 1, tzinfo=UTC)),
            Review("r2", "杯子很好看，质量很好。", "好看", 4.0, "zh", "小李", datetime(2026, 6, 1, tzinfo=UTC)),
        ),
        links=(Link("goes_with", "plate"), Link("related", "gone")),
        attributes={"material": "stoneware", "capacity": Quantity(350.0, "ml"), "dishwasher_safe": True},
        translations={"zh": Translation("粗陶马克杯", "保温好。", ("家居 > 厨房 > 杯子",), {"材质": "粗陶"})},
    )
    others = [
        Product(
            id=f"plate{n or ''}",
            title=f"Dinner Plate {n}",
            variants=(Variant(f"PLATE-{n}", price=Money(1000 + 100 * n, "USD"), options={"color": "White"}),),
            brand="Ember" if n % 2 else "Kiln",
            categories=(Category("Home > Kitchen > Plates"),),
        )
        for n in range(9)
    ]
    hostile = Product(
        id="a/b?c#<d>",
        title=HOSTILE,
        variants=(Variant("<x>", price=Money(1, "USD"), options={"<o>": HOSTILE, "color": HOSTILE}),),
        description=HOSTILE + "\n</script><!--",
        brand=HOSTILE,
        categories=(Category(f"{HOSTILE} > <b>"),),
        reviews=(Review("r", HOSTILE, HOSTILE, 1.0, "", HOSTILE),),
        attributes={HOSTILE: HOSTILE},
    )
    shop.products = {product.id: product for product in (mug, *others, hostile)}
    return shop


@pytest.fixture
def client(shop):
    with TestClient(create_app(shop), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def reading(shop, tmp_path):
    """The same products in a shop that reads words."""
    return ReadingShop(list(shop.products.values()), shop.media._folder)


@pytest.fixture
def reading_client(reading):
    with TestClient(create_app(reading), raise_server_exceptions=False) as client:
        yield client
