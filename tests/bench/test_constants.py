import json

import pytest
from starlette.testclient import TestClient

from wares.bench import constants
from wares.bench.serve import MODEL

PAGE = {
    "query_id": "q", "generation": "g1", "total": 0, "page": 1, "pages": 0, "next_cursor": None, "hits": [],
    "facets": {}, "notices": [], "degraded": [],
    "understood": {"text": "", "language": "en", "chips": [], "correction": None},
}  # fmt: skip


def test_an_empty_object_is_answered():
    assert TestClient(constants.starlette()).get(constants.PATH).json() == {}


def test_a_page_is_answered_through_the_model(tmp_path):
    page = tmp_path / "page.json"
    page.write_text(json.dumps(PAGE))
    answered = TestClient(constants.fastapi(MODEL, page)).get(constants.PATH).json()
    assert answered == PAGE
    page.write_text(json.dumps(PAGE | {"total": "many"}))
    with pytest.raises(Exception, match="total"):  # the model is asked
        TestClient(constants.fastapi(MODEL, page)).get(constants.PATH)
