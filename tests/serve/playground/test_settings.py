import pytest

from wares.config import Config, SearchSettings
from wares.serve.playground.settings import NAMES, trial
from wares.serve.playground.texts import TEXTS, Texts

EN, ZH = Texts("en"), Texts("zh")
LIVE = SearchSettings()


def test_what_is_typed_becomes_settings_and_the_rest_stays_live():
    tried = trial(LIVE, {"weights.text": "2.5", "join": "ranks", "nearest": "3", "page_size": "24", "ranker": ""}, EN)
    assert tried.changes == {"weights.text": 2.5, "join": "ranks", "nearest": 3}
    assert (tried.settings.weights.text, tried.settings.join, tried.settings.nearest) == (2.5, "ranks", 3)
    assert tried.settings.weights.words == LIVE.weights.words
    assert tried.problems == ()
    assert {field.name for field in tried.fields if field.changed} == set(tried.changes)


def test_nothing_typed_is_the_live_configuration():
    tried = trial(LIVE, {}, EN)
    assert tried.settings == LIVE
    assert tried.changes == {}
    assert not tried.refits


@pytest.mark.parametrize("name", ["weights.words", "weights.code", "match_share"])
def test_what_the_curves_were_fitted_under_wants_new_ones(name):
    assert trial(LIVE, {name: "0.25"}, EN).refits


@pytest.mark.parametrize("name", ["nearest", "page_size"])
def test_what_they_were_not_fitted_under_does_not(name):
    assert not trial(LIVE, {name: "7"}, EN).refits


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("weights.text", "much", "“much” does not fit. Write a number from 0.0 to 100.0."),
        ("weights.text", "-1", "Write a number from 0"),
        ("weights.text", "nan", "Write a number from 0"),
        ("weights.text", "inf", "Write a number from 0"),
        ("match_share", "1.1", "Write a number from 0"),
        ("nearest", "2.5", "Write a whole number from 1 to 100"),
        ("page_size", "101", "Write a whole number from 1 to 100"),
        ("join", "product", "“product” is none of: sum, ranks."),
        ("ranker", "other.v1", "“other.v1” is none of: "),
        ("ranker", "<script>", "“<script>” is none of: "),
    ],
)
def test_what_cannot_be_is_told_with_what_can_and_left_live(name, given, told):
    tried = trial(LIVE, {name: given, "weights.image": "3"}, EN)
    (problem,) = tried.problems
    assert told.replace("0.0 to 100.0", f"{problem.low} to {problem.high}") in problem.problem
    assert problem.value == given
    assert tried.changes == {"weights.image": 3.0}


def test_every_name_is_a_setting_of_the_configuration():
    known = {name for name, *_ in Config().items()}
    assert {f"search.{name}" for name in NAMES} <= known


def test_each_field_is_told_in_both_languages():
    english, chinese = trial(LIVE, {}, EN).fields, trial(LIVE, {}, ZH).fields
    assert all(field.help for field in (*english, *chinese))
    assert not {field.help for field in english} & {field.help for field in chinese}


def test_every_text_is_there_in_both_languages_with_the_same_blanks():
    import string

    def blanks(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (english, chinese) in TEXTS.items():
        assert chinese, key
        assert english or key.startswith("setting."), key
        assert not english or blanks(english) == blanks(chinese), key
