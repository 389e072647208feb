"""An unmodified InstantSearch page, of another origin, over a real shop of demo products."""

import re
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest
from playwright.sync_api import Page, expect

from browser.bundles import NoBundle, bundled, hosted, required
from browser.site import CHROMIUM, served
from wares.catalog.demo import build
from wares.config import Config
from wares.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.network]

PRODUCTS = 40
SOURCE = Path(__file__).parent / "instantsearch"


@pytest.fixture(scope="module")
def bundle():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    try:
        with hosted(bundled(SOURCE)) as address:
            yield address
    except NoBundle as error:
        if required():
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def shop(bundle, tmp_path_factory):
    feed = build(tmp_path_factory.mktemp("feed"), products=PRODUCTS, workers=1).products_file
    shop = Shop.open(Config.load(options={"shop.folder": tmp_path_factory.mktemp("shop")}, environment={}), write=True)
    shop.ingest(feed)
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def products(shop):
    return {product.id: product for product in shop._store.products()}


@pytest.fixture(scope="module")
def site(shop):
    with served(shop) as address:
        yield address


@pytest.fixture
def page(browser):
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 2000})
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("response", lambda told: page.wrong.append(f"{told.status} {told.url}") if told.status >= 400 else None)
    yield page
    context.close()
    assert page.wrong == []


@pytest.fixture
def visit(page, bundle, site):
    def visit(**asked) -> Page:
        page.goto(f"{bundle}/index.html?{urlencode({'shop': site.removeprefix('http://'), **asked})}")
        expect(page.locator("#hits article").first).to_be_visible()
        return page

    return visit


def total(page) -> int:
    return int(re.sub(r"[^\d]", "", page.locator("#stats").inner_text().split(" result")[0]) or 0)


def hits(page):
    return page.locator("#hits article")


def ids(page, where="#hits"):
    return page.locator(f"{where} article").evaluate_all("cards => cards.map(card => card.dataset.id)")


def settled(page, action):
    """Do something and wait for the answer that it asks for."""
    with page.expect_response(lambda told: "/queries" in told.url and told.request.method == "POST") as told:
        action()
    answer = told.value
    assert answer.status == 200
    page.wait_for_timeout(50)  # the answer is drawn
    return orjson.loads(answer.request.post_data)["requests"], answer.json()["results"]


def back(page, action, expected):
    """Do something that leads to where the page was: what was answered then is not asked for again."""
    action()
    expect(page.locator("#stats")).to_have_text(re.compile(rf"^{expected:,} result"))


def counts(page, where):
    labels = page.locator(f"{where} .ais-RefinementList-item")
    texts = labels.evaluate_all(
        "items => items.map(item => [item.querySelector('.ais-RefinementList-labelText').textContent,"
        " Number(item.querySelector('.ais-RefinementList-count').textContent)])"
    )
    return dict(map(tuple, texts))


def test_words_find_and_are_marked(visit, products):
    page = visit()
    assert total(page) == PRODUCTS
    title = next(iter(products.values())).title.split()[-1]
    _, results = settled(page, lambda: page.fill("#searchbox input", title))
    assert 0 < total(page) == results[0]["nbHits"] < PRODUCTS
    assert title.lower() in page.locator("#hits mark").first.inner_text().lower()
    photo = hits(page).first.locator("img")
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_chinese_words_find_chinese_titles(visit, products):
    page = visit(lang="zh")
    title = next(iter(products.values())).translations["zh"].title
    settled(page, lambda: page.fill("#searchbox input", title))
    assert hits(page).first.get_attribute("data-id") == next(iter(products))
    expect(hits(page).first.locator("h3")).to_have_text(title)
    assert page.locator("#hits mark").count() > 0
    assert "家" in page.locator("#categories").inner_text() or not re.search(
        "[A-Za-z]{3}", page.locator("#categories").inner_text()
    )


def test_ticks_within_a_facet_widen_across_facets_narrow(visit, shop):
    page = visit()
    searches = []
    own = shop.search
    shop.search = lambda query: searches.append(query) or own(query)
    try:
        before = counts(page, "#color")
        first, second = list(before)[:2]
        settled(page, lambda: page.click(f"#color >> text='{first}'"))
        assert total(page) == before[first]
        assert counts(page, "#color") == before
        searches.clear()
        sent, _ = settled(page, lambda: page.click(f"#color >> text='{second}'"))
        assert (len(sent), len(searches)) == (4, 2), "two indexes, each with a facet, are a search each"
        assert max(before[first], before[second]) <= total(page) <= before[first] + before[second]
        brand, count = next(iter(counts(page, "#brand").items()))
        settled(page, lambda: page.click(f"#brand >> text='{brand}'"))
        assert total(page) == count
        assert set(page.locator("#hits .brand").all_inner_texts()) == {brand}
    finally:
        del shop.search
    refined = page.locator("#refinements .ais-CurrentRefinements-category").all_inner_texts()
    assert [each.rstrip("✕").strip() for each in refined] == [first, second, brand] or len(refined) == 3
    back(page, page.locator("#clear button").click, PRODUCTS)


def test_values_of_a_facet_are_searched(visit):
    page = visit()
    brand = next(iter(counts(page, "#brand")))
    settled(page, lambda: page.fill("#brand input[type=search]", brand[:3]))
    expect(page.locator("#brand .ais-RefinementList-labelText mark").first).to_have_text(re.compile(brand[:3], re.I))
    assert brand in page.locator("#brand").inner_text()
    settled(page, lambda: page.locator("#brand .ais-RefinementList-checkbox").first.check(force=True))
    assert 0 < total(page) < PRODUCTS


def test_categories_are_walked_down_and_up(visit):
    page = visit()

    def top():
        return page.locator("#categories > div > ul > li > div > a")

    names = top().locator(".ais-HierarchicalMenu-label").all_inner_texts()
    assert names
    sizes = [int(each) for each in top().locator(".ais-HierarchicalMenu-count").all_inner_texts()]
    settled(page, lambda: top().first.click())
    assert total(page) == sizes[0]
    below = page.locator("#categories > div > ul > li > div > ul > li > div > a")
    name, size = (below.first.locator(f".ais-HierarchicalMenu-{part}").inner_text() for part in ("label", "count"))
    settled(page, lambda: below.first.click())
    assert total(page) == int(size)
    assert top().locator(".ais-HierarchicalMenu-label").all_inner_texts() == names, "the parents stay to be walked up"
    assert " > " not in name
    assert name in page.locator("#refinements").inner_text()
    back(page, top().first.click, PRODUCTS)


def test_prices_ratings_and_stock_narrow(visit, products):
    page = visit()
    settled(page, lambda: page.click("#reviews >> text='10 and up'"))
    assert total(page) == sum(bool(each.rating and each.rating.count >= 10) for each in products.values())
    back(page, lambda: page.click("#reviews >> text='Any'"), PRODUCTS)
    settled(page, lambda: page.locator("#stock input").check(force=True))
    in_stock = total(page)
    assert in_stock == sum(
        any(v.availability == "in_stock" and v.stock != 0 for v in each.variants) for each in products.values()
    )
    back(page, lambda: page.locator("#stock input").uncheck(force=True), PRODUCTS)
    low = float(page.locator("#price input").first.get_attribute("placeholder"))
    high = float(page.locator("#price input").last.get_attribute("placeholder"))
    prices = [v.price.amount / 100 for each in products.values() for v in each.variants]
    assert (low, high) == (min(prices), max(prices))
    page.locator("#price input").last.fill(str(round((low + high) / 3, 2)))
    settled(page, lambda: page.locator("#price button").click())
    shown = [float(each.split()[0]) for each in page.locator("#hits .price").all_inner_texts()]
    assert shown
    assert max(shown) <= round((low + high) / 3, 2)
    assert 0 < total(page) < PRODUCTS


def test_stars_count_what_they_find(visit, products):
    page = visit()
    stars = page.locator("#rating .ais-RatingMenu-item")
    labels = stars.locator("[aria-label]").evaluate_all("links => links.map(link => link.getAttribute('aria-label'))")
    assert labels == ["4 & up", "3 & up", "2 & up", "1 & up"]
    for place, least in enumerate((4, 3, 2, 1)):
        rated = sum(
            bool(each.rating and 5 * each.rating.value / each.rating.scale_max >= least) for each in products.values()
        )
        assert int(stars.nth(place).locator(".ais-RatingMenu-count").inner_text()) == rated
    counted = stars.locator(".ais-RatingMenu-count").all_inner_texts()
    settled(page, lambda: stars.first.locator("a").click())
    assert total(page) == int(counted[0])
    assert stars.locator(".ais-RatingMenu-count").all_inner_texts() == counted, "its own choice does not change them"
    assert page.locator("#rating .ais-RatingMenu-item--selected").count() == 1
    back(page, stars.first.locator("a").click, PRODUCTS)


def test_orders_pages_and_sizes(visit):
    page = visit()
    settled(page, lambda: page.select_option("#sort select", "products_price_asc"))
    cheap = [float(each.split()[0]) for each in page.locator("#hits .price").all_inner_texts()]
    assert cheap == sorted(cheap)
    assert len(cheap) == 6
    first = ids(page)
    settled(page, lambda: page.click("#pagination >> text='2'"))
    assert not set(first) & set(ids(page))
    settled(page, lambda: page.select_option("#size select", label="12"))
    assert len(ids(page)) == 12
    assert ids(page)[:6] == first


def test_more_is_loaded_below_what_is_there(visit, products):
    page = visit()
    first = ids(page, "#newest")
    assert len(first) == 3
    settled(page, lambda: page.click("#newest .ais-InfiniteHits-loadMore"))
    more = ids(page, "#newest")
    assert (more[:3], len(more), len(set(more))) == (first, 6, 6)
    made = [products[id].created for id in more if products[id].created]
    assert made == sorted(made, reverse=True)


def test_products_like_one_are_recommended(visit, shop, products):
    id = next(iter(products))
    page = visit(like=id)
    expect(page.locator("#related article")).to_have_count(4)
    assert ids(page, "#related") == list(shop.similar(id, 4).ids)


def test_views_clicks_and_conversions_become_events(visit, shop):
    before = shop._events.count()
    page = visit()
    with page.expect_request(lambda told: "/1/events" in told.url and '"click"' in (told.post_data or "")):
        hits(page).nth(1).locator("h3").click()
    with page.expect_request(lambda told: "/1/events" in told.url and '"conversion"' in (told.post_data or "")):
        hits(page).nth(1).locator("button").click()
    id = ids(page)[1]
    for _ in range(100):
        kept = [event for number, event in shop._events.read() if number > before]
        if {event.action for event in kept} >= {"click", "add_to_cart"}:
            break
        page.wait_for_timeout(50)
    by_action = {event.action: event for event in kept}
    click = by_action["click"]
    assert (click.product, click.position, click.shopper) == (id, 1, "shopper-1")
    assert re.fullmatch("[0-9a-f]{32}", click.query_id)
    assert by_action["add_to_cart"].product == id
    # The same views within a minute are one, so these may be of an earlier page.
    assert {event.product for _, event in shop._events.read(action="impression")} >= set(ids(page))
