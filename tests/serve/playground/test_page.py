import io
import re
from decimal import Decimal

import pytest
from PIL import Image
from starlette.testclient import TestClient

from serve.playground.conftest import GOODS, HERE, opened
from serve.reading_shop import ReadingShop
from wares.serve.access.accounts import Account
from wares.serve.access.caller import Caller
from wares.serve.app import create_app
from wares.serve.front import Front
from wares.serve.photos import QueryPhotos
from wares.serve.playground.pages import Playground
from wares.types import OneOf, Query

B = {"b.weights.text": "9", "b.weights.words": "0", "b.join": "ranks"}


def side(text: str, key: str) -> str:
    """The HTML of one side."""
    return text.split(f'id="side-{key}"')[1].split("</section>")[0]


def ids(part: str) -> list[str]:
    return re.findall(r'<h4><a href="/p/([^"?]*)', part)


def moves(part: str) -> list[str]:
    return re.findall(r'class="move move-\w+"><span aria-hidden="true">([^<]*)', part)


def test_both_sides_show_what_each_configuration_gives(client, shop):
    answer = client.get("/playground", params={"q": "oak lamp", **B})
    assert answer.status_code == 200
    settings = shop.config.search
    tried = settings.model_copy(
        update={"join": "ranks", "weights": settings.weights.model_copy(update={"text": 9.0, "words": 0.0})}
    )
    one, other = shop.search(Query("oak lamp")), shop.search_with(Query("oak lamp"), tried)
    assert one.ids != other.ids
    assert ids(side(answer.text, "A")) == list(one.ids)
    assert ids(side(answer.text, "B")) == list(other.ids)
    assert "Weights or match_share differ" in answer.text


def test_moves_are_those_between_the_sides(client):
    text = client.get("/playground", params={"q": "oak lamp", "size": "4", **B}).text
    one, other = ids(side(text, "A")), ids(side(text, "B"))
    expected = [
        "new" if id not in one else "=" if (n := one.index(id) - place) == 0 else f"{'↑' if n > 0 else '↓'}{abs(n)}"
        for place, id in enumerate(other)
    ]
    assert moves(side(text, "B")) == expected
    assert len(set(expected)) > 1
    assert moves(side(text, "A")) == ["gone"] * len(set(one) - set(other))


def test_without_a_change_the_sides_are_the_same_and_it_is_told(client):
    text = client.get("/playground", params={"q": "lamp"}).text
    assert ids(side(text, "A")) == ids(side(text, "B")) != []
    assert set(moves(side(text, "B"))) == {"="}
    assert "B is as A" in text
    assert "Overlap@5" in text or "Overlap@6" in text
    assert "B as wares.toml" not in text


def test_the_points_of_each_ledger_add_up_to_the_score(client):
    text = client.get("/playground", params={"q": "oak lamp", **B}).text
    tables = re.findall(r'<table class="ledger">(.*?)</table>', text, re.DOTALL)
    assert len(tables) >= 6
    for table in tables:
        points = [Decimal(each.replace("−", "-").replace("+", "")) for each in re.findall(r'"points">([^<]*)', table)]
        assert sum(points[:-1]) == points[-1]
        bars = re.findall(r'class="(?:for|against)" x="([^"]*)" y="1" width="([^"]*)"', table)
        assert len(bars) == len(points) - 1
        assert all(float(x) >= -0.02 and float(x) + float(width) <= 100.02 for x, width in bars)


def test_the_button_leads_to_an_address_of_what_differs(client):
    form = client.get("/playground").text
    live = dict(re.findall(r'<input id="(b\.[^"]*)" name="[^"]*" value="([^"]*)"', form))
    assert {"b.weights.text", "b.nearest", "b.page_size"} <= live.keys()
    sent = {**live, "b.join": "sum", "b.ranker": "linear.v1", "b.generation": "", "q": "lamp", "b.nearest": "3"}
    answer = client.get("/playground", params={**sent, "sort": "relevance", "go": "1"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/playground?q=lamp&b.nearest=3"


def test_an_address_of_the_shop_works_here(client):
    answer = client.get("/playground?q=lamp&f.brand=Ember&max=40&sort=price")
    assert ids(side(answer.text, "A")) == ["shade"]
    assert 'type="hidden" name="f.brand" value="Ember"' in answer.text


def test_what_is_wrong_is_told_at_its_field_with_the_fix(client):
    answer = client.get("/playground?go=1&q=lamp&b.weights.text=x&b.join=y&size=0&photo=zz", follow_redirects=False)
    assert answer.status_code == 400
    for field in ("b.weights.text", "b.join", "size", "photo"):
        assert f'aria-describedby="wrong-{field}"' in answer.text
        assert f'href="#{field}"' in answer.text
    assert ids(side(answer.text, "B")) == ids(side(answer.text, "A")) != []
    unread = client.get("/playground?q=lamp&f=price:x")
    assert unread.status_code == 400
    assert 'id="wrong-f"' in unread.text
    assert "price:10..80" in unread.text
    assert 'id="side-A"' not in unread.text


def test_a_side_that_cannot_answer_says_why(client):
    answer = client.get("/playground?q=lamp&b.generation=g00000099")
    assert answer.status_code == 200
    assert ids(side(answer.text, "A"))
    assert "is not kept" in side(answer.text, "B")
    assert "there are g0" in side(answer.text, "B")
    assert moves(answer.text) == []
    both = client.get("/playground?q=lamp&f=nosuch:1")
    assert both.status_code == 400
    assert "This side cannot answer" in side(both.text, "A")


def test_another_generation_is_searched_as_it_was_written(tmp_path):
    shop = opened(tmp_path)
    try:
        first = shop.generation
        shop.rebuild()
        shop.delete(["glass"])
        with TestClient(create_app(shop), base_url=HERE) as client:
            text = client.get(f"/playground?q=glass+lamp&b.generation={first}").text
        assert "glass" not in ids(side(text, "A"))
        assert "no longer in the catalogue" in side(text, "B")
        assert f"generation {first}" in side(text, "B")
        assert f"generation {shop.generation}" in side(text, "A")
    finally:
        shop.close()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "PNG")
    return out.getvalue()


def test_a_photo_comes_in_and_gets_an_address(client):
    answer = client.post(
        "/playground/photo",
        data={"q": "lamp", "b.nearest": "3"},
        files={"photo_file": ("x.png", png())},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    found = re.fullmatch(r"/playground\?q=lamp&photo=([0-9a-f]{64})&b\.nearest=3", answer.headers["location"])
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    assert f'src="/photo/{found[1]}.jpg"' in page.text
    assert "photo.jpg" in page.text


@pytest.mark.parametrize(
    ("files", "status", "told"),
    [
        ({}, 422, "Choose a photo first."),
        ({"photo_file": ("x.png", b"no photo")}, 422, "This is no photo."),
        ({"photo_file": ("x.png", b"x" * 10_000_001)}, 413, "more than 10 MB"),
        ({"photo_file": ("x.png", b"x" * 10_100_000)}, 413, "more than 10 MB"),
    ],
)
def test_a_photo_that_cannot_be_taken_is_told(client, files, status, told):
    answer = client.post("/playground/photo", data={"q": "lamp"}, files=files)
    assert answer.status_code == status
    assert told in answer.text


def test_a_forgotten_photo_is_told_and_left_out(client):
    answer = client.get("/playground", params={"q": "lamp", "photo": "a" * 64})
    assert answer.status_code == 400
    assert "no longer kept" in answer.text
    assert ids(side(answer.text, "A"))


def test_what_people_wrote_is_text(client):
    evil = "<script>alert(1)</script>\" onload='x'"
    answer = client.get("/playground", params={"q": evil, "b.weights.text": evil, "like": evil, "size": evil, "f": ""})
    assert "<script" not in answer.text
    assert "alert(1)" in answer.text
    assert not re.search(r'<style|\sstyle="|"\s*onload=', answer.text)
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_the_page_speaks_both_languages(client):
    assert '<html lang="zh">' in client.get("/playground?lang=zh").text
    chinese = client.get("/playground?q=lamp&b.weights.text=3", headers={"accept-language": "zh-CN"})
    assert "调试台" in chinese.text
    assert "文字含义" in chinese.text
    assert "文字含义" not in client.get("/playground").text


def test_the_stylesheet_is_its_own(client):
    href = re.search(r'<link rel="stylesheet" href="([^"]*)"', client.get("/playground").text)[1]
    assert href.startswith("/playground/")
    answer = client.get(href)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]


def asked(app, path="/playground?q=lamp", *, base=HERE, caller=None, account=None, headers=None) -> tuple[int, str]:
    """The answer to somebody whom an application around this one has found out."""

    async def around(scope, receive, send):
        if scope["type"] == "http" and caller is not None:
            scope["state"] = {"caller": caller}
        await app(scope, receive, send)

    if account is not None:
        app.state.access.accounts.of = lambda scope: account
    with TestClient(around, base_url=base) as client:
        answer = client.get(path, headers=headers)
    return answer.status_code, answer.text


class Served:
    """The shop with other settings of its server."""

    def __init__(self, shop, **serve) -> None:
        self._shop = shop
        self.config = shop.config.model_copy(update={"serve": shop.config.serve.model_copy(update=serve)})

    def __getattr__(self, name):
        return getattr(self._shop, name)


ELSEWHERE = "http://shop.example"


@pytest.mark.parametrize(
    ("serve", "base", "headers", "status"),
    [
        ({}, HERE, {}, 200),
        ({}, "http://127.0.0.1:8000", {}, 200),
        ({}, "http://[::1]:8000", {}, 200),
        ({}, ELSEWHERE, {}, 404),  # a name that leads here: a proxy's, or a page's that rebinds it
        ({}, HERE, {"x-forwarded-for": "203.0.113.9"}, 404),
        ({"host": "0.0.0.0"}, HERE, {}, 404),
        ({"playground": "off"}, HERE, {}, 404),
        ({"playground": "on"}, HERE, {}, 200),
        ({"playground": "on"}, ELSEWHERE, {}, 401),
        ({"playground": "on"}, HERE, {"x-forwarded-for": "203.0.113.9"}, 401),
        ({"playground": "on", "host": "0.0.0.0"}, HERE, {}, 401),
    ],
)
def test_it_is_there_for_this_machine_or_where_it_is_on_for_accounts(shop, serve, base, headers, status):
    app = create_app(Served(shop, **serve))
    with TestClient(app, base_url=base) as client:
        style = client.get(Playground(Front(shop, QueryPhotos())).style_address, headers=headers)
        answers = [
            client.get("/playground?q=lamp", headers=headers),
            client.post("/playground/photo", headers=headers, files={"photo_file": ("x.png", png())}),
        ]
    assert [answer.status_code for answer in (style, *answers)] == [status] * 3
    if status != 200:
        assert "weights" not in answers[0].text


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("merchandiser", 403), ("analyst", 200), ("admin", 200)])
def test_from_elsewhere_it_takes_an_analyst(shop, role, status):
    app = create_app(Served(shop, playground="on", host="0.0.0.0"))
    found, text = asked(app, base=ELSEWHERE, account=Account("ann", role, "x"))
    assert found == status
    assert ('action="/playground/photo"' in text) == (status == 200)


def test_an_account_s_photo_takes_the_token_of_the_form(shop):
    app = create_app(Served(shop, playground="on", host="0.0.0.0"))
    app.state.access.accounts.of = lambda scope: Account("ann", "analyst", "x")
    with TestClient(app, base_url=ELSEWHERE, follow_redirects=False) as client:
        token = re.search(r'name="csrf" value="([^"]*)"', client.get("/playground").text)[1]
        files = {"photo_file": ("x.png", png())}
        assert client.post("/playground/photo", files=files).status_code == 403
        answer = client.post("/playground/photo", files=files, data={"csrf": token})
    assert answer.status_code == 303
    assert "csrf" not in answer.headers["location"]


def test_a_tenant_compares_within_their_part(shop):
    ember = Caller("ember", frozenset(("search",)), (OneOf("brand", ("Ember",)),))
    status, text = asked(create_app(shop), "/playground?q=lamp&b.weights.text=9", caller=ember)
    assert status == 200
    others = {id for id, _, brand, *_ in GOODS if brand != "Ember"}
    for key in "AB":
        assert ids(side(text, key))
        assert not set(ids(side(text, key))) & others
        assert "Kiln" not in side(text, key)


def test_a_shop_that_tries_nothing_has_no_playground(tmp_path):
    with TestClient(create_app(ReadingShop([], tmp_path)), base_url=HERE) as client:
        assert client.get("/playground").status_code == 404


def test_no_shopper_s_page_leads_here(client):
    assert "/playground" not in client.get("/?q=lamp").text
