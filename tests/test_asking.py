"""Questions that would teach most: found in a shop, answered by typing or on a page, kept in a file."""

import pytest
from starlette.testclient import TestClient

import small_shops
from wares.asking import Form, Judgements, Question, questions, typed
from wares.errors import TrainingError
from wares.evaluate.judgements import read_qrels
from wares.shop import Shop

ASKED = [Question("red lamp", "a", "lamp <b>a</b>", 0.5), Question("lamp", "b", "lamp b", 0.4)]


@pytest.fixture
def answers(tmp_path):
    return Judgements(tmp_path / "judgements.csv")


def test_answers_are_kept_as_judgements(tmp_path, answers):
    words = iter(["7", "2", "s"])
    assert typed(lambda _: next(words), ASKED, answers) == 1
    assert read_qrels(tmp_path / "judgements.csv") == {"red lamp": {"a": 2}}


def test_stopping_keeps_what_was_answered(answers):
    words = iter(["3", "q"])
    assert typed(lambda _: next(words), ASKED, answers) == 1
    assert answers.known == {"red lamp": {"a": 3}}


def test_a_grade_that_is_none_is_refused(answers):
    with pytest.raises(TrainingError, match="no grade"):
        answers.add(ASKED[0], 9)


def test_the_page_asks_and_takes_answers(answers):
    form = Form(ASKED, answers)
    client = TestClient(form.app(), base_url="http://127.0.0.1")
    page = client.get(f"/{form.token}/0")
    assert "red lamp" in page.text
    assert "lamp &lt;b&gt;a" in page.text
    after = client.post(f"/{form.token}/0", data={"grade": "3"})
    assert "lamp b" in after.text
    assert "Thank you" in client.post(f"/{form.token}/1", data={"grade": ""}).text
    assert answers.known == {"red lamp": {"a": 3}}


@pytest.mark.parametrize("path", ["/guess/0", "/guess/0/photo"])
def test_nobody_else_may_look(answers, path):
    client = TestClient(Form(ASKED, answers).app(), base_url="http://127.0.0.1")
    assert client.get(path).status_code == 404
    assert client.post("/guess/0", data={"grade": "3"}).status_code == 404
    assert answers.known == {}


def test_a_shop_is_asked_about_what_it_has_and_not_twice(tmp_path, answers):
    config = small_shops.config_of(tmp_path)
    shop = Shop.open(config, write=True)
    try:
        shop.ingest(small_shops.write_feed(tmp_path / "feed.jsonl", ["ab", "cd", "ef"]))
        found = questions(config, shop, ["lamp"], 3, answers)
        assert {each.product for each in found} == {"ab", "cd", "ef"}
        answers.add(found[0], 1)
        assert found[0].product not in {each.product for each in questions(config, shop, ["lamp"], 3, answers)}
        with pytest.raises(TrainingError, match="nothing to ask"):
            questions(config, shop, [], 3, answers)
    finally:
        shop.close()
