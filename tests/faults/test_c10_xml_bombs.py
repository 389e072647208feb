"""C10: XML with entities, a document type or an endless attribute is refused."""

import pytest
from defusedxml.expatreader import create_parser

from media_makers import peak_growth
from wares.catalog.feeds import google, open_feed, xml
from wares.errors import FeedError

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ITEM = "<rss><channel><item><id>1</id><title>{}</title><price>1 EUR</price></item></channel></rss>"
BOMBS = {
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>{ITEM.format("&l9;")}',
    "entity": f'<!DOCTYPE x [<!ENTITY a "hello">]>{ITEM.format("&a;")}',
    "external": f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>{ITEM.format("&a;")}',
    "dtd": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">{ITEM.format("a")}',
    "parameter": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>{ITEM.format("a")}',
}


def assert_refused(tmp_path) -> None:
    for name, content in BOMBS.items():
        path = tmp_path / f"{name}.xml"
        path.write_text(content)
        with pytest.raises(FeedError, match="document type") as caught:
            list(open_feed(path))
        assert caught.value.status == 422


def endless_attribute(tmp_path, size: int):
    path = tmp_path / "attribute.xml"
    with path.open("wb") as file:
        file.write(b'<rss><channel><item x="')
        for _ in range(size // 1_000_000):
            file.write(b"a" * 1_000_000)
        file.write(b'"/></channel></rss>')
    return path


def test_bombs_are_refused(tmp_path):
    assert_refused(tmp_path)


def test_an_endless_attribute_is_refused_after_a_megabyte(tmp_path):
    path = endless_attribute(tmp_path, 60_000_000)
    list(xml.xml_items(endless_attribute(tmp_path, 0), ("item",)))
    path = endless_attribute(tmp_path, 60_000_000)

    def read() -> None:
        with pytest.raises(FeedError, match="larger than"):
            list(xml.xml_items(path, ("item",)))

    assert peak_growth(read) < 16_000_000


def test_depth_and_size_of_an_item_are_bounded(tmp_path, monkeypatch):
    path = tmp_path / "deep.xml"
    path.write_text("<rss>" + "<item>" * 5000 + "</item>" * 5000 + "</rss>")
    with pytest.raises(FeedError, match="nested too deeply"):
        list(open_feed(path))
    monkeypatch.setattr(xml, "MAX_ITEM", 1000)
    path.write_text(ITEM.format("a" * 2000))
    with pytest.raises(FeedError, match="too large"):
        list(open_feed(path))


@pytest.mark.parametrize("content", ["<rss><channel><item>", "<rss>\x00</rss>", "<rss></feed>", "<rss>&nbsp;</rss>"])
def test_broken_xml_is_told(tmp_path, content):
    (tmp_path / "a.xml").write_text(content)
    with pytest.raises(FeedError, match=r"a\.xml"):
        list(google.GoogleFeed(tmp_path / "a.xml"))


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(xml, "create_parser", lambda **_: create_parser(forbid_dtd=False, forbid_entities=False))
    with pytest.raises((AssertionError, pytest.fail.Exception, FeedError)):
        assert_refused(tmp_path)
