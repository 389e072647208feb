"""What the pages and the JSON show of what the search understood."""

import html
import re
from decimal import Decimal
from pathlib import Path

import pytest

from wares.serve.native.schemas import SearchRequest
from wares.serve.storefront.address import Address
from wares.types import Region


def links(text: str) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]*)"', text)]


def test_chips_say_what_words_became_and_lead_to_a_query_without_that(reading_client, reading):
    page = reading_client.get("/?q=white+plate+under+15+without+gold").text
    assert '<bdi class="words">under 15</bdi>' in page
    assert '<bdi class="meaning">Price ≤ $15.00</bdi>' in page
    assert "without gold" in page
    assert re.findall(r'class="read-chip (\w+)"', page) == ["filter", "boost", "without"]
    [undo] = [link for link in links(page) if link.endswith("without=price%3A..1500")]
    after = reading_client.get(undo).text
    assert reading.queries[-1].dropped == ("price:..1500",)
    assert "Price ≤ $15.00" not in after
    assert re.findall(r'class="read-chip (\w+)"', after) == ["boost", "without"]
    assert "Read all words again" in after


def test_new_words_forget_what_was_undone_in_the_old(reading_client):
    page = reading_client.get("/?q=plate&without=price&literal=1&sort=price").text
    form = page[page.index('class="searchbar"') : page.index("</form>")]
    assert 'name="sort"' in form
    assert 'name="without"' not in form
    assert 'name="literal"' not in form


def test_another_spelling(reading_client, reading):
    applied = reading_client.get("/?q=plaet").text
    assert "Showing results for “plate”." in applied
    assert "/?q=plaet&literal=1" in links(applied)
    reading_client.get("/?q=plaet&literal=1")
    assert reading.queries[-1].literal
    offered = reading_client.get("/?q=plat").text
    assert "Did you mean “plate”?" in offered
    assert "/?q=plate" in links(offered)


def test_prices_have_a_histogram(reading_client):
    page = reading_client.get("/?q=plate&max=13").text
    assert "How many products at which price, from $10.00 to $18.00" in page
    bars = re.findall(r'class="(price-in|price-out)"', page)
    assert (len(bars), bars[0], bars[-1]) == (5, "price-in", "price-out")


def test_what_is_not_carried_stands_apart_from_results(reading_client):
    page = reading_client.get("/?q=unobtainium").text
    assert page.index("We don&#39;t carry that. The nearest we have:") < page.index("Stoneware Mug")
    assert 'class="results nearest"' in page
    assert "nearest" not in reading_client.get("/?q=mug").text


def test_steps_are_told_above_results(reading_client):
    page = reading_client.get("/?q=plate+in+99").text
    assert re.search(r'<div class="steps" role="note">\s*<ul>\s*<li>Nothing in size 99; showing all sizes.</li>', page)


def test_points_add_up_to_the_score(reading_client):
    page = reading_client.get("/?q=mug").text
    shown = [html.unescape(one).replace("−", "-") for one in re.findall(r'class="share[^"]*">([^<]*)<', page)]
    assert sum(map(Decimal, shown[:-1])) == Decimal(shown[-1])


def test_the_place_of_a_product_is_explained(reading_client):
    [link] = [link for link in links(reading_client.get("/?q=mug").text) if link.startswith("/explain")]
    page = reading_client.get(link).text
    assert "It is number 1 of 1 for this search." in page
    assert "Without the word “dinner”: it would still be number 1." in page
    assert "In stock: it would not be found." in page
    assert "Back to the results" in page
    assert reading_client.get("/explain?q=mug&id=none").status_code == 404
    told = reading_client.get("/v1/explain?q=mug&id=mug").json()
    assert (told["position"], told["hit"]["id"]) == (1, "mug")
    assert told["counterfactuals"][1] == {"change": "in stock", "now": 1, "then": None}


def test_a_shop_that_cannot_explain_or_suggest_says_so(client):
    assert "/explain" not in client.get("/?q=mug").text
    assert client.get("/explain?q=mug&id=mug").status_code == 404
    assert client.get("/v1/explain?q=mug&id=mug").json()["code"] == "not_found"
    assert client.get("/v1/suggest?q=mug").json() == {"suggestions": []}


def test_like_a_product_with_words(reading_client, reading):
    assert "/?like=mug" in links(reading_client.get("/p/mug").text)
    page = reading_client.get("/?like=mug&q=plate").text
    assert (reading.queries[-1].like, reading.queries[-1].text) == ("mug", "plate")
    assert '<input type="hidden" name="like" value="mug">' in page
    assert "/?q=plate" in links(page)
    gone = reading_client.get("/?like=none&q=plate").text
    assert "no longer sold" in gone
    assert reading.queries[-1].like == ""


def test_a_part_of_a_photo(reading_client, reading):
    from serve.test_app import png

    sent = reading_client.post("/photo", files={"photo_file": ("x.png", png(), "image/png")})
    [middle] = [link for link in links(sent.text) if "region=0.25%2C0.25%2C0.75%2C0.75" in link]
    page = reading_client.get(middle).text
    assert reading.queries[-1].region.left == 0.25
    assert 'aria-current="true">The middle' in page


def test_suggestions(reading_client):
    found = reading_client.get("/v1/suggest?q=plate&lang=en").json()["suggestions"]
    assert [one["url"] for one in found] == [
        "/?f.category=Home+%3E+Kitchen+%3E+Plates&lang=en",
        "/?q=dinner+plate&lang=en",
        "/?q=%3Cb%3Eplate%3C%2Fb%3E&lang=en",
        "/p/plate1?lang=en",
        "/p/a%2Fb%3Fc%23%3Cd%3E?lang=en",
    ]
    assert found[0]["kind"] == "category"
    assert reading_client.get("/v1/suggest").json() == {"suggestions": []}
    assert reading_client.get("/v1/suggest", params={"q": "x" * 50_000}).json() == {"suggestions": []}


def test_json_says_what_was_understood(reading_client):
    body = {"text": "white plaet under 15", "dropped": ["color:white"], "language": "en"}
    found = reading_client.post("/v1/search", json=body).json()
    assert found["understood"]["chips"] == [
        {
            "key": "price:..1500",
            "kind": "filter",
            "words": "under 15",
            "filter": {"field": "price", "low": None, "high": 1500},
        }
    ]
    assert found["understood"]["correction"] == {
        "text": "white plate under 15",
        "original": "white plaet under 15",
        "applied": True,
    }
    assert sum(one["count"] for one in found["facets"]["price"]["buckets"]) == 9
    got = reading_client.get("/v1/search?q=plaet+under+15&literal=1").json()
    assert got["understood"]["correction"] is None


@pytest.mark.parametrize("region", ["1,1,0,0", "x", "0,0,1"])
def test_a_region_that_is_none_is_a_problem(reading_client, region):
    answer = reading_client.post("/v1/search", json={"region": region})
    assert (answer.status_code, answer.json()["fix"]) == (400, "write left,top,right,bottom: 0.1,0,0.9,1")


def test_every_parameter_and_every_answer_is_documented(reading_client):
    page = (Path(__file__).parents[2] / "docs" / "http.md").read_text("utf-8")
    address = Address("q", "a" * 64, "x:y", (("color", "a"),), "1", "2", True, 4, "price", 3, "en")
    full = address.but(dropped=("k",), literal=True, like="p", region=Region(0, 0, 0.5, 1), page=3)
    names = {name for name, _ in full.pairs()} - {"f.color"} | set(SearchRequest.model_fields)
    names |= set(reading_client.get("/v1/search?q=mug").json())
    names |= set(reading_client.get("/v1/explain?q=mug&id=mug").json())
    names |= set(reading_client.get("/v1/suggest?q=plate").json()["suggestions"][0])
    assert {name for name in names if f"`{name}`" not in page} == set()
