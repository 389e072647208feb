"""Feeds with bytes changed at random: rows are told or the file is refused, and nothing else ever happens."""

import random

import pytest

from wares.catalog.feeds import open_feed
from wares.catalog.ingest import Limits, ingest
from wares.catalog.store import CatalogStore
from wares.errors import FeedError

HEADER = "id\ttitle\tlink\timage_link\tprice\tavailability\titem_group_id\tcolor\n"
FEEDS = {
    "google.tsv": HEADER + '1\t"A" shirt\tl\ti\t5 EUR\tin_stock\tg\tRed\n2\tB\tl\ti\t6 EUR\tin_stock\tg\tBlue\n',
    "google.xml": '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><title>A &amp; B</title>'
    "<g:price>5 EUR</g:price><g:product_detail><g:attribute_name>x</g:attribute_name></g:product_detail>"
    "</item></channel></rss>",
    "shopify.csv": "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant SKU,Image Src,"
    "M (product.metafields.a.b)\n"
    'tee,Tee,Color,Red,5,T1,a.jpg,"[""x""]"\ntee,,,Blue,6,T2,b.jpg,\nmug,Mug,Title,Default Title,7,,,\n',
    "native.jsonl": '{"id":"1","title":"A","variants":[{"id":"v","price":{"amount":5,"currency":"EUR"},'
    '"options":{"a":"b"}}],"media":[{"url":"a.jpg"}],"attributes":{"x":["a"],"y":{"value":1,"unit":"kg"}},"reviews":[{"text":"good","rating":4}]}\n',
    "own.csv": "商品编号,标题,价格,库存,颜色,类目\n1,杯子,19元,3,红,家居/杯\n2,碗,9,0,白,家居\n",
}
MARKS = b"\"',\t\n\r\\<>&{}[]:;0\xff\x80\x00=-"
PIECES = [
    b"9" * 40,
    b"1e999",
    b"null",
    b"{}",
    b"[]",
    b"\xed\xa0\x80",
    b"<a>",
    b"\\ud800",
    b"true",
    "价".encode("gb18030"),
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place, kind = chance.randrange(len(out)), chance.randrange(4)
        if kind == 0:
            out[place] = chance.choice(MARKS)
        elif kind == 1:
            out[place:place] = chance.choice(PIECES)
        elif kind == 2:
            del out[place : place + chance.randint(1, 12)]
        else:
            start = chance.randrange(len(out))
            out[place:place] = out[start : start + 30]
        out = out or bytearray(b"x")
    return bytes(out)


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_a_mutated_feed_never_crashes(tmp_path, name):
    chance = random.Random(name)
    store = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    path, refused = tmp_path / name, 0
    for _ in range(60):
        path.write_bytes(mutated(FEEDS[name].encode(), chance))
        try:
            report = ingest(
                open_feed(path, currency="EUR", language="en"),
                store,
                limits=Limits(max_bad_share=1, max_shrink_share=1),
            )
        except FeedError:
            refused += 1
        else:
            assert all(problem.reason and problem.fix for problem in (*report.rejected, *report.warnings))
    assert refused < 60, "every mutation was refused at the door: the rows were never read"
    assert all(product.id and product.title and product.variants for product in store.products())
