import numpy as np


def test_a_product_is_told_without_what_is_the_merchants(public):
    told = public.get("/v1/products/p1").json()
    assert told["reviews"] == {"count": 1, "mean": 5.0, "languages": ["en"]}
    assert (told["title"], told["rating"]["count"]) == ("lamp p1", 8)
    assert "secret" not in str(told)
    assert "Ann" not in str(told)
    assert public.get("/v1/products/none").json()["code"] == "not_found"


def test_a_product_in_another_language_and_with_odd_signs(client):
    told = client.get("/v1/products/mug?lang=zh").json()
    assert (told["title"], told["language"]) == ("粗陶马克杯", "zh")
    assert [media["url"][:7] for media in told["media"]] == ["/media/"] * 3
    assert "sha256" not in str(told)
    assert client.get("/v1/products/a/b%3Fc%23%3Cd%3E").json()["id"] == "a/b?c#<d>"


def test_a_product_has_a_tag_that_a_write_changes(lamps, public):
    tag = public.get("/v1/products/p1").headers["etag"]
    assert public.get("/v1/products/p1", headers={"If-None-Match": tag}).status_code == 304
    assert public.get("/v1/products/none", headers={"If-None-Match": "*"}).status_code == 404
    lamps.patch("p2", {"stock": 1})
    assert public.get("/v1/products/p1", headers={"If-None-Match": tag}).status_code == 304
    lamps.patch("p1", {"stock": 1})
    assert public.get("/v1/products/p1", headers={"If-None-Match": tag}).status_code == 200


def test_similar_by_either_method(public):
    got = public.get("/v1/similar?id=p1&k=3&fields=id,score").json()
    posted = public.post("/v1/similar", json={"id": "p1", "k": 3, "fields": ["id", "score"]}).json()
    assert got["hits"] == posted["hits"]
    assert len(got["hits"]) == 3
    assert "p1" not in [hit["id"] for hit in got["hits"]]
    assert got["query_id"]
    assert public.get("/v1/similar?id=none").status_code == 404
    assert public.get("/v1/similar").status_code == 400


def recommend(client, **asked):
    return client.post("/v1/recommend", json={"fields": ["title"], **asked}).json()


def test_recommendations_have_reasons(public):
    linked = recommend(public, kind="goes_with", ids=["p1", "p9"])["hits"]
    assert linked == [{"id": "p2", "title": "lamp p2", "reason": {"code": "goes_with", "product": "p1"}}]
    alike = recommend(public, ids=["p1", "p2"], k=5)["hits"]
    assert len(alike) == 5
    assert {hit["reason"]["code"] for hit in alike} == {"similar_to"}
    assert {hit["reason"]["product"] for hit in alike} <= {"p1", "p2"}
    assert not {"p1", "p2"} & {hit["id"] for hit in alike}
    liked = recommend(public, kind="popular", k=1)["hits"]
    assert [(hit["id"], hit["reason"]) for hit in liked] == [("p1", {"code": "well_rated"})]
    assert recommend(public, kind="popular", filters={"field": "brand", "one_of": ["Kiln"]})["hits"] == []


def test_a_single_rating_does_not_make_a_product_popular(lamps, public):
    for id, value, count in (("p2", 5, 1), ("p3", 4.8, 100), ("p4", 48, 100), ("p5", 1, 50)):
        lamps.patch(id, {"rating": {"value": value, "count": count, "scale_max": 50 if value > 5 else 5}})
    ids = [hit["id"] for hit in recommend(public, kind="popular")["hits"]]
    assert ids == ["p3", "p4", "p1", "p2", "p5"]
    kiln = recommend(public, kind="popular", filters={"field": "brand", "one_of": ["Kiln"]}, k=1)["hits"]
    assert [hit["id"] for hit in kiln] == ["p4"]


def test_a_linked_product_has_no_made_up_score(public):
    answer = public.post("/v1/recommend", json={"kind": "goes_with", "ids": ["p1"]}).json()
    assert (answer["hits"][0]["score"], answer["hits"][0]["relevance"]) == (None, None)


def test_recommendations_that_cannot_be_are_problems(public):
    for asked in (
        {},
        {"kind": "x", "ids": ["p1"]},
        {"kind": "popular", "ids": ["p1"]},
        {"ids": ["p1"], "filters": "brand:x"},
    ):
        answer = public.post("/v1/recommend", json=asked)
        assert (answer.status_code, answer.json()["fix"] != "") == (400, True), asked
    assert public.post("/v1/recommend", json={"ids": ["none"]}).status_code == 404


def test_suggestions_by_either_method(reading_client):
    got = reading_client.get("/v1/suggest?q=plate&lang=en&k=2").json()
    assert got == reading_client.post("/v1/suggest", json={"text": "plate", "language": "en", "k": 2}).json()
    assert len(got["suggestions"]) == 2


def test_health_says_what_can_be_done(public, client, shop):
    assert public.get("/v1/health").json() | {"version": ""} == {
        "status": "ok",
        "degraded": [],
        "version": "",
        "writable": True,
    }
    shop.degraded = ("index",)
    told = client.get("/v1/health").json()
    assert (told["status"], told["degraded"], told["writable"]) == ("degraded", ["index"], False)


def test_vectors_are_never_answered_and_scores_are_rounded(lamps, public):
    from wares.types import Query

    answers = [
        public.post("/v1/search", json={"text": "lamp p7", "fields": ["score", "relevance"], "ledger": True}),
        public.get("/v1/similar?id=p1"),
        public.get("/v1/products/p1"),
        public.get("/v1/explain?q=lamp&id=p1"),
        public.post("/v1/recommend", json={"ids": ["p1"]}),
    ]

    def numbers(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            assert sum(isinstance(each, float) for each in value) < 8  # a vector has more
            for each in value:
                yield from numbers(each)
        elif isinstance(value, float):
            yield value

    for answer in answers:
        assert answer.status_code == 200
        assert all(round(number, 4) == number for number in numbers(answer.json()))
    exact = lamps.search(Query("lamp p7")).scores
    assert not np.array_equal(np.round(exact, 4), exact)  # so that rounding is what is seen above
