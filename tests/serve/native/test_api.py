import pytest


def test_get_and_post_find_the_same(client):
    got = client.get("/v1/search?q=mug&ledger=1").json()
    posted = client.post("/v1/search", json={"text": "mug", "page_size": 4, "language": "en", "ledger": True}).json()
    assert got == posted
    [hit] = got["hits"]
    assert (hit["id"], hit["price"], hit["relevance"]) == ("mug", {"amount": 1900, "currency": "USD"}, 0.87)
    assert hit["image"].startswith("/media/")
    assert sum(entry["value"] for entry in hit["ledger"]) == pytest.approx(hit["score"])
    assert got["facets"]["price"]["low"] == 1900
    assert got["facets"]["color"]["low"] is None
    assert (got["page"], got["pages"], got["total"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"{", "no JSON"),
        (b"[]", "body"),
        (b'{"text": 1}', "text"),
        (b'{"txt": "mug"}', "txt"),
        (b'{"page": 0}', "page"),
        (b'{"page_size": 1000000000}', "page_size"),
        (b'{"sort": "; drop table"}', "sort"),
        (b'{"photo": "../x"}', "photo"),
        (b'{"text": "\\ud800"}', "no JSON"),
        (b'{"page": NaN}', "no JSON"),
        (b"[" * 30_000, "no JSON"),
    ],
)
def test_a_wrong_body_is_a_problem_that_names_its_field(client, body, what):
    answer = client.post("/v1/search", content=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert what in answer.json()["title"]
    assert answer.json()["code"] == "query"
    assert answer.json()["fix"]


def test_a_large_body_is_refused(client):
    answer = client.post("/v1/search", content=b" " * 100_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_filter_that_cannot_be_read_is_a_problem(client):
    answer = client.get("/v1/search?q=unreadable")
    assert (answer.status_code, answer.json()["code"], answer.json()["fix"]) == (400, "filter", "write price:10..80")


def test_a_forgotten_photo_is_not_found(client):
    answer = client.post("/v1/search", json={"photo": "0" * 64})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
