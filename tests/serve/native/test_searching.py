import base64
import io

import pytest
from PIL import Image

from wares.serve.native import searching
from wares.serve.native.hits import DEFAULT, FIELDS


def search(client, **asked):
    answer = client.post("/v1/search", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_hit_has_the_fields_that_are_asked_for(public):
    assert set(search(public, text="lamp")["hits"][0]) == set(DEFAULT)
    assert set(search(public, text="lamp", fields=["title", "tags"])["hits"][0]) == {"title", "tags"}
    assert set(search(public, text="lamp", fields=list(FIELDS))["hits"][0]) == set(FIELDS)
    got = public.get("/v1/search?q=lamp&fields=id,brand&page_size=2").json()
    assert [set(hit) for hit in got["hits"]] == [{"id", "brand"}] * 2


def test_what_the_search_knows_itself_reads_no_product(lamps, public, monkeypatch):
    monkeypatch.setattr(lamps, "products", None)
    assert search(public, text="lamp p7", fields=["id", "score", "relevance"])["hits"][0]["id"] == "p7"


def test_an_unknown_field_is_named(public):
    answer = public.post("/v1/search", json={"fields": ["vector"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "query")
    assert "fields.0" in answer.json()["title"]


def test_a_ledger_comes_when_asked_and_sums_to_the_score(public):
    assert "ledger" not in search(public, text="lamp p7")["hits"][0]
    for hit in search(public, text="lamp p7", ledger=True)["hits"]:
        assert hit["ledger"]
        assert sum(entry["value"] for entry in hit["ledger"]) == pytest.approx(hit["score"], abs=1e-9)


def test_highlights_are_escaped(reading_client):
    title = search(reading_client, text="script", highlight=True, page_size=50)["hits"][0]["highlight"]["title"]
    assert title.startswith("&lt;<mark>script</mark>&gt;")
    assert "highlight" not in search(reading_client, text="script")["hits"][0]


def test_a_filter_tree_is_the_same_as_its_text(public):
    text = search(public, filters="brand:Ember price:10.05..10.11", page_size=50)
    tree = {"all_of": [{"field": "brand", "one_of": ["Ember"]}, {"field": "price", "low": 1005, "high": 1011}]}
    as_tree = search(public, filters=tree, page_size=50)
    as_trees = search(public, filters=tree["all_of"], page_size=50)
    ids = [[hit["id"] for hit in found["hits"]] for found in (text, as_tree, as_trees)]
    assert ids[0] == ids[1] == ids[2]
    assert len(ids[0]) == 4


def test_what_is_understood_can_be_sent_back_as_a_filter(reading_client):
    chip = search(reading_client, text="white plate under 15", language="en")["understood"]["chips"][0]
    assert search(reading_client, filters=chip["filter"])["total"] == 7


def test_a_tree_that_is_none_names_its_place(public):
    answer = public.post("/v1/search", json={"filters": {"any_of": [{"field": "brand", "one_of": 3}]}})
    assert answer.status_code == 400
    assert "one_of" in answer.json()["title"]
    answer = public.post("/v1/search", json={"filters": {"field": "price"}})
    assert (answer.status_code, answer.json()["code"]) == (400, "filter")


def test_facets_by_name_with_no_more_values_than_asked_for(public):
    found = search(public, facets=["brand", "sku"], facet_values=1)
    assert {name: len(facet["values"]) for name, facet in found["facets"].items()} == {"brand": 1, "sku": 1}
    got = public.get("/v1/search?facets=brand&facet_values=1").json()
    assert list(got["facets"]) == ["brand"]


def picture(side: int = 40) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).save(out, "PNG")
    return out.getvalue()


def test_a_photo_as_base64_and_by_its_name_ask_the_same(reading, reading_client):
    photo = picture()
    kept = reading_client.post("/v1/photos", content=photo, headers={"Content-Type": "image/png"})
    assert kept.status_code == 201
    search(reading_client, photo=kept.json()["sha256"])
    assert reading.queries[-1].photo is not None
    search(reading_client, photo_base64=base64.b64encode(photo).decode())
    assert reading.queries[-1].photo == photo


def test_a_large_photo_is_cut_out_of_the_body_before_it_is_parsed(reading, reading_client):
    photo = picture(300)
    assert len(photo) > searching.MAX_BODY
    for encoded in (base64.b64encode(photo), base64.urlsafe_b64encode(photo).rstrip(b"=")):
        body = b'{"text": "say \\"photo_base64\\": \\"x\\"", "photo_base64": "%s"}' % encoded.replace(b"/", b"\\/")
        answer = reading_client.post("/v1/search", content=body)
        assert answer.status_code == 200, answer.text
        assert reading.queries[-1].photo == photo
    assert reading.queries[-1].text.startswith("say")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"photo_base64": "%s", "text": "%s"}' % (b"A" * 100_000, b"x" * 70_000), 413),
        (b'{"filters": {"photo_base64": "%s"}}' % (b"A" * 100_000), 400),
        (b'{"like": "cut out", "filters": {"photo_base64": "%s"}}' % (b"A" * 100_000), 400),
        (b'{"photo_base64": "not base64!"}', 400),
        (b'{"photo_base64": "AAAA", "photo": "%s"}' % (b"0" * 64), 400),
    ],
    ids=["text", "nested", "nested again", "no base64", "both"],
)
def test_a_photo_in_the_wrong_place_is_a_problem(public, body, status):
    answer = public.post("/v1/search", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["fix"]


def test_no_photo_and_what_is_none_are_problems(public):
    assert public.post("/v1/photos", content=b"").json()["code"] == "query"
    assert public.post("/v1/photos", content=b"GIF89a???").json()["code"] == "media_rejected"


def walk(client, size: int, **asked):
    found, ids = search(client, page_size=size, **asked), []
    while True:
        ids += [hit["id"] for hit in found["hits"]]
        if found["next_cursor"] is None:
            return ids
        found = search(client, page_size=size, cursor=found["next_cursor"], **asked)


def test_cursors_walk_the_whole_result_set_once(public):
    whole = walk(public, 50, text="lamp")
    assert len(whole) == 30
    assert walk(public, 7, text="lamp") == whole
    first = public.get("/v1/search?q=lamp&page_size=20").json()
    rest = public.get(f"/v1/search?q=lamp&page_size=20&cursor={first['next_cursor']}").json()
    assert sorted(hit["id"] for hit in [*first["hits"], *rest["hits"]]) == sorted(whole)
    assert (rest["page"], rest["next_cursor"]) == (2, None)


def test_a_cursor_for_something_else_is_refused(public):
    cursor = search(public, text="lamp", page_size=5)["next_cursor"]
    for asked in ({"text": "lamps"}, {"page_size": 6}, {"filters": "brand:Ember"}, {"sort": "price"}):
        answer = public.post("/v1/search", json={"text": "lamp", "page_size": 5, "cursor": cursor, **asked})
        assert (answer.status_code, answer.json()["code"]) == (400, "query"), asked
    answer = public.post("/v1/search", json={"text": "lamp", "page_size": 5, "cursor": cursor, "page": 2})
    assert "page" in answer.json()["title"]


def test_a_cursor_dies_with_its_generation(lamps, public):
    cursor = search(public, text="lamp", page_size=5)["next_cursor"]
    lamps.rebuild()
    answer = public.post("/v1/search", json={"text": "lamp", "page_size": 5, "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
    assert "first page" in answer.json()["fix"]


def test_a_batch_is_answered_in_order_and_a_bad_query_is_a_problem_in_its_place(public):
    queries = [{"text": "lamp p7"}, {"txt": 1}, {"filters": "price:x"}, {"like": "none"}, {"text": "lamp p8"}]
    answer = public.post("/v1/search/batch", json={"queries": queries})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [each.get("status") for each in results] == [None, 400, 400, 404, None]
    assert [results[place]["hits"][0]["id"] for place in (0, 4)] == ["p7", "p8"]
    assert all(each["fix"] for each in results if "status" in each)


def test_a_query_of_a_batch_that_breaks_tells_nothing(reading_client):
    results = reading_client.post("/v1/search/batch", json={"queries": [{"text": "boom"}, {"text": "mug"}]}).json()
    assert results["results"][0]["status"] == 500
    assert "secret" not in str(results)
    assert results["results"][1]["total"] == 1


@pytest.mark.parametrize("queries", [[], [{}] * 21, "x", [1]])
def test_a_batch_is_bounded(public, queries):
    assert public.post("/v1/search/batch", json={"queries": queries}).status_code == 400


def test_an_answer_is_not_sent_twice(lamps, public):
    first = public.get("/v1/search?q=lamp&page_size=3")
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    for header in (tag, f'"x", {tag}', tag.removeprefix("W/"), "*"):
        again = public.get("/v1/search?q=lamp&page_size=3", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert public.get("/v1/search?q=lamp&page_size=4", headers={"If-None-Match": tag}).status_code == 200
    assert public.get("/v1/search?q=lamp&page_size=3", headers={"If-None-Match": 'W/"x"'}).status_code == 200
    lamps.patch("p3", {"stock": 1})
    assert public.get("/v1/search?q=lamp&page_size=3", headers={"If-None-Match": tag}).status_code == 200


def test_an_answer_that_is_degraded_has_no_tag(lamps, public, monkeypatch):
    tag = public.get("/v1/search?q=lamp").headers["etag"]
    monkeypatch.setattr(lamps._live.patience, "reason", "the disk is full")
    monkeypatch.setattr(lamps._live.patience, "pause", 1000)
    answer = public.get("/v1/search?q=lamp", headers={"If-None-Match": tag})
    assert answer.json()["degraded"] == ["index"]
    assert "etag" not in answer.headers


def test_explain_takes_a_body_as_well(reading_client):
    got = reading_client.get("/v1/explain?q=mug&id=mug").json()
    posted = reading_client.post("/v1/explain", json={"text": "mug", "id": "mug"}).json()
    assert got["position"] == posted["position"] == 1
    assert got["hit"]["ledger"]
