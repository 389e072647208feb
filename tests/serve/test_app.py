import html
import io
import json
import re

import pytest
from PIL import Image
from starlette.testclient import TestClient

from serve.conftest import HOSTILE
from wares.serve.app import create_app
from wares.serve.storefront.rendering import integrity, scripts
from wares.types import Between, OneOf

PAGES = [
    "/",
    "/?q=mug",
    "/?q=nothing+here",
    "/p/mug",
    "/p/none",
    "/healthz",
    "/v1/search?q=mug",
    "/media/x.jpg",
    "/v1/docs",
    "/?q=boom",
]


def png(colour="green", size=(8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def hrefs(text: str) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]*)"', text)]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    own = " ".join(f"'{integrity(name)}'" for name in scripts())
    assert f"script-src {own};" in policy
    assert "connect-src 'self';" in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES[:5])
def test_pages_have_no_inline_style_no_script_and_nothing_from_elsewhere(client, path):
    text = client.get(path).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    ours = re.compile(r'<script src="/static/[a-z]+-[0-9A-Z]{8}\.js" integrity="sha256-[^"]+"(?: defer)?>')
    scripts = re.findall(r"<script[^>]*>", text)
    assert all("ld+json" in script or ours.fullmatch(script) for script in scripts)
    assert not [
        one for one in re.findall(r'(?:src|href|action)="([^"]*)"', text) if not one.startswith(("/", "#", "?"))
    ]


def test_words_find_and_are_marked(client):
    page = client.get("/?q=mug")
    assert page.status_code == 200
    assert "1 product for “mug”" in page.text
    assert "Stoneware <mark>Mug</mark>" in page.text
    assert "$19.00" in page.text
    assert "Save 24%" in page.text
    assert "Why this?" in page.text
    assert "87% likely" in page.text


def test_chinese_page(client):
    page = client.get("/?q=马克杯&lang=zh")
    assert page.headers["content-language"] == "zh"
    assert '<html lang="zh">' in page.text
    assert "粗陶<mark>马克杯</mark>" in page.text
    assert "/p/mug?variant=MUG-R-S&amp;lang=zh" in page.text
    assert "US$19.00" in page.text
    assert client.get("/", headers={"accept-language": "zh-CN,zh;q=0.9"}).headers["content-language"] == "zh"


def test_facets_count_past_their_own_selection(client, shop):
    page = client.get("/?f.brand=Kiln").text
    assert "5 products" in page
    brands = dict(re.findall(r"<bdi>(Kiln|Ember)</bdi>\s*<span class=\"count\">(\d+)<", page))
    assert brands == {"Kiln": "5", "Ember": "5"}
    assert shop.queries[-1].filters == (OneOf("brand", ("Kiln",)),)


def test_all_controls_reach_the_query(client, shop):
    client.get("/?q=plate&min=10&max=12&stock=1&sort=-price&page=2&lang=zh")
    asked = shop.queries[0]
    assert asked.filters == (Between("price", 1000, 1200), OneOf("in_stock", ("true",)))
    assert (asked.text, asked.sort, asked.page, asked.page_size, asked.language) == ("plate", "-price", 1, 4, "zh")


def test_a_new_search_begins_without_the_filters_of_the_one_before(client):
    page = client.get("/?q=plate&f.brand=Kiln&min=10&max=12&stock=1&rating=3&f=price:1..&sort=price&lang=zh").text
    for action in ("/", "/photo"):
        form = re.search(rf'<form [^>]*action="{action}".*?</form>', page, re.DOTALL)[0]
        carried = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
        assert carried == [("sort", "price"), ("lang", "zh")]


def test_pages_partition_the_results(client):
    seen, path = [], "/?q=plate"
    for _ in range(3):
        page = client.get(path).text
        seen += re.findall(r'href="/p/(plate\d?)', page)
        following = re.search(r'rel="next" href="([^"]*)"', page)
        path = html.unescape(following[1]) if following else ""
    assert sorted(seen) == sorted(["plate", *(f"plate{n}" for n in range(1, 9))])
    assert not path


def test_a_page_past_the_end_leads_back(client):
    page = client.get("/?q=plate&page=99")
    assert page.status_code == 200
    assert "past the end" in page.text
    assert 'href="/?q=plate&amp;page=3"' in page.text


def test_nothing_found_says_so_and_offers_ways_out(client):
    page = client.get("/?q=unobtainium&f.brand=Kiln").text
    assert "We don&#39;t carry &lt;that&gt;" in page
    assert 'href="/?q=unobtainium"' in page


@pytest.mark.parametrize(
    "path", ["/?q={}", "/?f={}", "/?f.color={}", "/?lang={}", "/?sort={}&page={}&min={}&photo={}", "/?{}={}"]
)
def test_hostile_addresses_are_only_text(client, path):
    page = client.get(path.replace("{}", '"><script>alert(1)</script><img src=x onerror=y>'))
    assert page.status_code in (200, 400)
    assert "<script>" not in page.text
    assert "<img src=x" not in page.text


def test_hostile_products_are_only_text(client):
    for path in ("/?q=script", "/p/a%2Fb%3Fc%23%3Cd%3E", "/?lang=zh&q=sons"):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>" not in page.text
        assert "<b>" not in page.text
        assert "alert" in page.text


def test_what_the_shop_does_not_carry_shows_the_nearest(client):
    page = client.get("/?q=unobtainium").text
    assert "We found nothing for “unobtainium”" in page
    assert "We don&#39;t carry &lt;that&gt;" in page
    assert page.index("The nearest we have") < page.index("Stoneware Mug")


def test_a_huge_query_is_cut_and_told(client, shop):
    page = client.get("/", params={"q": "x" * 50_000})
    assert page.status_code == 200
    assert len(shop.queries[-1].text) == 300
    assert "the first 300 characters" in page.text


def test_a_filter_that_cannot_be_read_keeps_the_words(client):
    page = client.get("/?q=unreadable")
    assert page.status_code == 400
    assert "write price:10..80" in page.text
    assert 'value="unreadable"' in page.text


def test_a_filter_text_reaches_the_query(client, shop):
    page = client.get("/", params={"f": "brand:Kiln price:10..12"})
    assert shop.queries[0].filters == (OneOf("brand", ("Kiln",)), Between("price", 1000.0, 1200.0))
    assert "brand:Kiln price:10..12" in page.text
    broken = client.get("/", params={"q": "plate", "f": "brand"})
    assert broken.status_code == 400
    assert 'value="plate"' in broken.text


def test_product_page(client):
    page = client.get("/p/mug?variant=MUG-B-S").text
    assert "Only 3 left" in page
    assert "$21.00" in page
    assert "350 ml" in page
    assert "Dishwasher safe" in page
    assert 'href="/p/mug?variant=MUG-B-L"' in page
    assert 'href="/?f.category=Home+%3E+Kitchen"' in page
    assert "Goes well with" in page
    assert "Similar products" in page
    assert "Related products" not in page
    assert "Lovely glaze, great quality." in page
    assert page.index("Lovely glaze, great quality.") < page.index("杯子很好看")
    assert '<article class="opinion" lang="zh">' in page
    assert "2 like it, 0 do not" in page
    zh = client.get("/p/mug?lang=zh").text
    assert "粗陶马克杯" in zh
    assert "材质" in zh
    assert zh.index("杯子很好看") < zh.index("Lovely glaze, great quality.")


def test_a_variant_that_is_not_there_shows_one_that_is(client):
    assert client.get("/p/mug?variant=nope").status_code == 200


def test_jsonld_is_safe_and_true(client):
    for id, title in (("mug", "Stoneware Mug"), ("a%2Fb%3Fc%23%3Cd%3E", HOSTILE)):
        [text] = re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', client.get(f"/p/{id}").text, re.DOTALL
        )
        assert not set("<>&") & set(text)
        assert json.loads(text)["name"] == title
    mug = json.loads(re.search(r"ld\+json\">(.*?)</script>", client.get("/p/mug").text)[1])
    assert mug["offers"][0]["price"] == "19.00"
    assert mug["aggregateRating"] == {"@type": "AggregateRating", "ratingValue": 4.5, "reviewCount": 2}


@pytest.mark.parametrize("path", ["/p/unknown", "/nowhere", "/p/..%2f..%2fetc%2fpasswd", "/photo/" + "0" * 64 + ".jpg"])
def test_what_is_not_there_is_a_page_of_its_own(client, path):
    page = client.get(path)
    assert page.status_code == 404
    assert "This page is not here" in page.text


def test_a_fault_of_ours_shows_nothing_from_inside(client):
    page = client.get("/?q=boom")
    assert page.status_code == 500
    assert "Something went wrong" in page.text
    assert "secret" not in page.text
    problem = client.get("/v1/search?q=boom")
    assert problem.status_code == 500
    assert "secret" not in problem.text
    assert problem.json()["code"] == "error"


def test_media_is_ours_or_nothing(client, shop):
    photo, clip = shop.products["mug"].media[0].sha256, shop.products["mug"].media[2].sha256
    answer = client.get(f"/media/{photo}.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(f"/media/{clip}.mp4", headers={"range": "bytes=2-5"}).content == b"clip"
    assert client.get(f"/media/{clip}.poster.jpg").content == b"poster"
    wrong = [
        f"{clip}.jpg",
        f"{photo}.mp4",
        f"{photo}.html",
        "0" * 64 + ".jpg",
        "..%2f..%2fetc%2fpasswd",
        photo.upper() + ".jpg",
    ]
    assert {client.get(f"/media/{name}").status_code for name in wrong} == {404}
    assert client.get("/static/..%2fapp.py").status_code == 404


def test_a_photo_gets_an_address_and_joins_words_and_filters(client, shop):
    sent = client.post(
        "/photo",
        files={"photo_file": ("../x.html", png(), "text/html")},
        data={"q": "mug", "f.color": "Red", "lang": "en", "page": "4"},
        follow_redirects=False,
    )
    assert sent.status_code == 303
    photo = re.search(r"photo=([0-9a-f]{64})", sent.headers["location"])[1]
    assert sent.headers["location"] == f"/?q=mug&photo={photo}&f.color=Red&lang=en"
    page = client.get(sent.headers["location"])
    assert shop.queries[-1].photo.startswith(b"\xff\xd8")
    assert shop.queries[-1].text == "mug"
    assert f"/photo/{photo}.jpg" in page.text
    facet_links = [href for href in hrefs(page.text) if "f.brand" in href]
    assert facet_links
    assert all(f"photo={photo}" in href for href in facet_links)
    shown = client.get(f"/photo/{photo}.jpg")
    assert shown.headers["content-type"] == "image/jpeg"
    assert "private" in shown.headers["cache-control"]


@pytest.mark.parametrize(
    ("files", "status", "message"),
    [
        ({"photo_file": ("x.jpg", b"<html>no photo", "image/jpeg")}, 422, "could not be read as a photo"),
        ({"photo_file": ("x.jpg", b"", "image/jpeg")}, 422, "No photo was chosen"),
        ({"other": ("x.jpg", b"x", "image/jpeg")}, 422, "No photo was chosen"),
        ({"photo_file": ("x.jpg", b"\xff" * 2_100_000, "image/jpeg")}, 413, "larger than 2 MB"),
    ],
)
def test_a_bad_photo_is_told_and_the_query_kept(shop, files, status, message):
    shop.config = shop.config.model_copy(
        update={"serve": shop.config.serve.model_copy(update={"max_upload": 2_000_000})}
    )
    with TestClient(create_app(shop)) as client:
        page = client.post("/photo", data={"q": "mug", "f.brand": "Ember"}, files=files)
    assert page.status_code == status
    assert message in page.text
    if status == 422:
        assert 'value="mug"' in page.text
        assert "Brand: Ember" in page.text


def test_a_broken_form_is_told(client):
    broken = client.post(
        "/photo", content=b"--x\r\nno form", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code in (400, 422)
    assert "photo" in broken.text


def test_a_forgotten_photo_is_told(client, shop):
    page = client.get(f"/?q=mug&photo={'0' * 64}")
    assert "no longer kept" in page.text
    assert shop.queries[-1].photo is None
    assert shop.queries[-1].text == "mug"


def test_healthz(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_cards_of_products_that_a_browser_remembers(client):
    answer = client.get("/cards", params={"id": ["mug", "gone", "a/b?c#<d>"], "lang": "zh"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("<article") == 2
    assert "粗陶马克杯" in answer.text
    assert "<script>" not in answer.text
    many = client.get("/cards", params={"id": [f"plate{n or ''}" for n in range(9)] * 3})
    assert many.text.count("<article") == 12


def test_several_pages_have_one_address(client, shop):
    page = client.get("/?q=plate&through=2").text
    assert re.findall(r'href="/p/(plate\d?)', page) == ["plate", *(f"plate{n}" for n in range(1, 8))]
    assert (shop.queries[-1].page, shop.queries[-1].page_size) == (0, 8)
    assert 'href="/?q=plate&amp;through=3"' in page
    assert "8 of 9 shown" in page
    later = client.get("/?q=plate&page=2&through=3").text
    assert re.findall(r'href="/p/(plate\d?)', later) == [f"plate{n}" for n in range(4, 9)]
    assert "Load more" not in later
    assert 'rel="next"' not in later
    capped = client.get("/?q=plate&through=999999")
    assert capped.status_code == 200
    assert shop.queries[-1].page_size == 40
    assert client.get("/?q=plate&page=3&through=2").text.count("<article") == 1


def test_with_nothing_to_show_it_shows_what_shoppers_rate_best(client, shop):
    page = client.get("/?min=99999").text
    assert "Nothing fits this search" in page
    assert page.index("Best rated in this shop") < page.index("Stoneware Mug")
    assert shop.queries[-1].sort == "rating"
