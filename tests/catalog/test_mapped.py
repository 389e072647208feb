"""Merchants' own files: mappings, their mistakes, and what is guessed without one."""

import gzip
import tomllib
from pathlib import Path

import pytest

from wares.catalog.feeds import open_feed
from wares.catalog.feeds.guessing import guess
from wares.config import Config
from wares.errors import ConfigError, FeedError, MappingError
from wares.mapping import parse_mapping, read_mapping
from wares.types import Category, Link, Money, Quantity

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"

SHOP = """
currency = "EUR"
language = "en"

[[sources]]
path = "things.jsonl"
holds = "products"
[sources.fields]
id = "no"
title = ["maker", "name"]
price = { column = "cents", unit = "minor" }
categories = { column = "paths", separator = "/" }
attributes = { columns = ["specs.*"], strip = ["t_"], drop = ["specs.internal"], rename = { "specs.t_w" = "weight" } }

[[sources]]
at = "pictures"
holds = "media"
fields = { url = "file", options = { color = "colour" } }

[[sources]]
path = "parts/variants.csv"
holds = "variants"
product = "thing"
fields = { sku = "sku", price = "price", images = "photo", options = { color = "colour", size = "size" } }

[[sources]]
path = "parts/links.tsv"
holds = "links"
product = "from"
fields = { target = "to", kind = "kind", kinds = { crosssell = "goes_with" } }

[[sources]]
path = "parts/reviews.csv.gz"
holds = "reviews"
product = "thing"
fields = { text = "words", rating = "stars" }
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "things.jsonl").write_text(
        '{"no": 1, "maker": "Ada", "name": "Lamp", "cents": 1999, "paths": ["Home/Light", "New"],'
        ' "specs": {"t_w": "1.5 kg", "t_material": ["oak", "brass"], "b_led": true, "internal": "x"},'
        ' "pictures": [{"file": "a.jpg", "colour": "Red"}, {"file": "b.jpg", "colour": null}]}\n'
        '{"no": 2, "maker": "Bo", "name": "Chair", "cents": 500}\n'
    )
    (tmp_path / "parts" / "variants.csv").write_text(
        'thing,sku,price,colour,size,photo\n1,L-R,,Red,"10 cm",c.jpg\n1,L-B,25.50,Blue,20 cm,\n9,X,1,,,\n'
    )
    (tmp_path / "parts" / "links.tsv").write_text("from\tto\tkind\n1\t2\tcrosssell\n1\t2\trelated\n")
    (tmp_path / "parts" / "reviews.csv.gz").write_bytes(
        gzip.compress(b"thing,words,stars\n2,Fine chair,4\n2,Sturdy,5\n")
    )
    return tmp_path


def test_a_mapping_joins_the_files_of_a_shop(shop):
    rows = list(open_feed(shop, mapping=parse_mapping(tomllib.loads(SHOP))))
    lamp, chair = (row.product for row in rows if row.product)
    assert (lamp.id, lamp.title, lamp.language) == ("1", "Ada Lamp", "en")
    assert lamp.categories == (Category("Home > Light"), Category("New"))
    assert lamp.attributes == {"weight": "1.5 kg", "material": ("oak", "brass"), "b_led": True}
    assert [(media.url, dict(media.options)) for media in lamp.media] == [("a.jpg", {"color": "Red"}), ("b.jpg", {})]
    red, blue = lamp.variants
    assert (red.id, red.price, dict(red.options)) == ("L-R", Money(1999, "EUR"), {"color": "Red", "size": "10 cm"})
    assert (blue.id, blue.price) == ("L-B", Money(2550, "EUR"))
    assert red.media[0].url == "parts/c.jpg", "a photo's path starts from the file that names it"
    assert lamp.links == (Link("goes_with", "2"), Link("related", "2"))
    assert [(review.text, review.rating) for review in chair.reviews] == [("Fine chair", 4.0), ("Sturdy", 5.0)]
    assert chair.variants[0].price == Money(500, "EUR")


def test_a_part_of_no_product_is_told_with_its_file_and_line(shop):
    rows = list(open_feed(shop, mapping=parse_mapping(tomllib.loads(SHOP))))
    lost = [problem for row in rows if row.product is None for problem in row.problems]
    assert [(problem.source, problem.row) for problem in lost] == [("parts/variants.csv", 4)]


def test_rows_of_one_id_are_variants(tmp_path):
    (tmp_path / "a.csv").write_text(
        "spu,sku,标题,颜色,价格\nA,A1,杯子,红,19元\nB,B1,碗,白,9\nA,A2,杯子,蓝,21\n", "utf-8"
    )
    feed = open_feed(tmp_path / "a.csv", currency="CNY")
    assert any("repeats" in reason for reason in feed.reasons)
    cup, bowl = (row.product for row in feed)
    assert [(v.id, v.price, dict(v.options)) for v in cup.variants] == [
        ("A1", Money(1900, "CNY"), {"color": "红"}),
        ("A2", Money(2100, "CNY"), {"color": "蓝"}),
    ]
    assert bowl.title == "碗"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["id", "name", "price_cents", "ean"], {"id": "id", "title": "name", "price": "price_cents", "gtin": "ean"}),
        (
            ["商品编号", "标题", "品牌", "价格", "库存"],
            {"title": "标题", "brand": "品牌", "price": "价格", "stock": "库存"},
        ),
        (["SKU", "Product Name", "Image 1", "Image 2"], {"id": "SKU", "title": "Product Name"}),
        (
            ["product_id", "title", "master_category", "sub_category"],
            {"categories": ("master_category", "sub_category")},
        ),
    ],
)
def test_headers_are_guessed_with_reasons(header, expected):
    found = guess({name: ["x"] for name in header})
    fields = found.mapping.products[0].fields
    for target, column in expected.items():
        want = column if isinstance(column, tuple) else (column,)
        assert getattr(fields, target).column == want
        assert any(reason.startswith(f"{target}:") for reason in found.reasons)


def test_cents_and_separators_are_guessed_from_names_and_values():
    found = guess({"id": ["1"], "title": ["a"], "price_cents": [5], "category": ["A/B"], "tags": ["x|y"]}).mapping
    fields = found.products[0].fields
    assert (fields.price.unit, fields.categories.separator, fields.tags.split) == ("minor", "/", "|")


def test_what_cannot_be_guessed_is_told():
    with pytest.raises(MappingError, match="write a mapping"):
        guess({"foo": ["1"], "bar": ["2"]})


@pytest.mark.parametrize(
    ("change", "nearest"),
    [
        ({"sources": [{"holds": "products", "fields": {"id": "a", "titel": "b"}}]}, "title"),
        ({"curency": "EUR", "sources": [{"holds": "products", "fields": {"id": "a", "title": "b"}}]}, "currency"),
        ({"sources": [{"holds": "products", "fields": {"id": "a", "title": {"colum": "b"}}}]}, "column"),
    ],
)
def test_an_unknown_key_names_the_nearest(change, nearest):
    with pytest.raises(MappingError, match=f"did you mean {nearest}"):
        parse_mapping(change)


@pytest.mark.parametrize(
    "content",
    [
        {"sources": []},
        {"sources": [{"holds": "products", "fields": {"id": "a"}}]},
        {"sources": [{"holds": "products", "fields": {"id": "a", "title": {"column": "a", "const": "b"}}}]},
        {
            "sources": [
                {"holds": "products", "fields": {"id": "a", "title": "b"}},
                {"holds": "media", "fields": {"url": "u"}},
            ]
        },
        {"currency": "euro", "sources": [{"holds": "products", "fields": {"id": "a", "title": "b"}}]},
    ],
)
def test_a_mapping_that_cannot_work_is_refused(content):
    with pytest.raises(MappingError):
        parse_mapping(content)


def test_a_column_that_is_not_there_is_told_before_anything_is_read(tmp_path):
    (tmp_path / "a.csv").write_text("id,title,prise\n1,a,2\n")
    mapping = parse_mapping(
        {"sources": [{"holds": "products", "fields": {"id": "id", "title": "title", "price": "price"}}]}
    )
    with pytest.raises(MappingError, match="did you mean 'prise'"):
        open_feed(tmp_path / "a.csv", mapping=mapping)
    with pytest.raises(FeedError):
        open_feed(tmp_path / "nothing.csv", mapping=mapping)


def test_parquet_is_read_with_its_types(tmp_path):
    import polars as pl

    frame = pl.DataFrame(
        {"id": [1, 2], "title": ["a", "b"], "price": [19.999, 5.0], "tags": [["x", "y"], []], "eco": [True, None]}
    )
    frame.write_parquet(tmp_path / "a.parquet")
    first, second = (row.product for row in open_feed(tmp_path / "a.parquet", currency="USD"))
    assert (first.id, first.variants[0].price, first.tags, first.attributes) == (
        "1",
        Money(2000, "USD"),
        ("x", "y"),
        {"eco": True},
    )
    assert second.variants[0].price == Money(500, "USD")


def test_wares_toml_holds_mappings(tmp_path):
    (tmp_path / "wares.toml").write_text(
        '[[feeds.mine.sources]]\nholds = "products"\nfields = { id = "a", title = "b" }\n'
    )
    assert Config.load(tmp_path / "wares.toml").feeds["mine"].products[0].fields.title.column == ("b",)
    (tmp_path / "wares.toml").write_text(
        '[[feeds.mine.sources]]\nholds = "products"\nfields = { id = "a", titel = "b" }\n'
    )
    with pytest.raises(ConfigError, match="did you mean title"):
        Config.load(tmp_path / "wares.toml")


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "mappings").glob("*.toml")), ids=lambda path: path.stem)
def test_the_mappings_of_the_docs_are_valid(path):
    assert read_mapping(path).products


@pytest.mark.parametrize(
    ("name", "folder", "products", "variants"),
    [
        ("magento-luma", "magento-luma/open", 139, 1373),
        ("grocery-store", "grocery-store/common", 81, 81),
    ],
)
def test_real_feeds_need_a_mapping_and_no_code(name, folder, products, variants):
    if not (DATA / folder).is_dir():
        pytest.skip(f"{folder} is not beside the project")
    rows = list(open_feed(DATA / folder, mapping=read_mapping(ROOT / "docs" / "mappings" / f"{name}.toml")))
    assert [row for row in rows if row.product is None or row.problems] == []
    assert len(rows) == products
    assert sum(len(row.product.variants) for row in rows) == variants


def test_quantities_stay_text_until_they_are_normalised():
    from wares.catalog.normalize.units import quantity

    assert quantity("1.5 kg") == Quantity(1500.0, "g")
