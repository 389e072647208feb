import pytest

from wares.config import Config
from wares.errors import ConfigError
from wares.search.hybrid import Hybrid


def origin(config, name):
    return next(where for dotted, _, where, _ in config.items() if dotted == name)


def test_a_value_comes_from_option_environment_file_default_in_this_order(tmp_path):
    file = tmp_path / "wares.toml"
    file.write_text('[search]\npage_size = 7\n[shop]\nname = "file"\n[serve]\nport = 1\n')
    config = Config.load(file, {"serve.port": 3}, {"WARES_SERVE__PORT": "2", "WARES_SHOP__NAME": "env"})
    assert (config.search.page_size, config.shop.name, config.serve.port) == (7, "env", 3)
    assert origin(config, "search.page_size") == str(file)
    assert origin(config, "shop.name") == "environment"
    assert origin(config, "serve.port") == "option"
    assert origin(config, "serve.host") == "default"


def test_an_unknown_key_names_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match=r"did you mean search\.page_size"):
        Config.load(options={"search.pagesize": 1}, environment={})
    with pytest.raises(ConfigError, match="no setting"):
        Config.load(environment={"WARES_SOFA__LEGS": "4"})


def test_a_bad_value_names_the_setting_and_its_origin():
    with pytest.raises(ConfigError, match=r"serve\.port = 'x' \(environment\)"):
        Config.load(environment={"WARES_SERVE__PORT": "x"})


def test_a_broken_or_missing_file_is_told(tmp_path):
    broken = tmp_path / "wares.toml"
    broken.write_text("[shop\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        Config.load(broken, environment={})
    with pytest.raises(ConfigError, match="there is no"):
        Config.load(tmp_path / "none.toml", environment={})


def test_the_configuration_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Config().search.page_size = 3


def test_every_setting_has_a_description():
    assert [name for name, _, _, description in Config().items() if not description] == []


def test_a_section_in_a_section_is_set_from_everywhere_and_named_when_wrong(tmp_path):
    file = tmp_path / "wares.toml"
    file.write_text("[search]\npage_size = 7\n[search.weights]\nwords = 2\nphrase = 0.3\n")
    config = Config.load(file, {"search.weights.text": 0.5}, {"WARES_SEARCH__WEIGHTS__PHRASE": "0.4"})
    weights = config.search.weights
    assert (config.search.page_size, weights.words, weights.phrase, weights.text) == (7, 2, 0.4, 0.5)
    assert origin(config, "search.weights.words") == str(file)
    assert origin(config, "search.weights.phrase") == "environment"
    assert origin(config, "search.weights.image") == "default"
    with pytest.raises(ConfigError, match=r"did you mean search\.weights\.words"):
        Config.load(options={"search.weights.word": 1}, environment={})
    with pytest.raises(ConfigError, match=r"search\.weights = 3"):
        Config.load(options={"search.weights": 3}, environment={"WARES_SEARCH__WEIGHTS__WORDS": "1"})


def test_a_feed_may_be_named_as_a_section_or_with_a_dot(tmp_path):
    file = tmp_path / "wares.toml"
    source = 'sources = [{path = "a.csv", holds = "products", fields = {id = "id", title = "title"}}]'
    file.write_text(f'[feeds.shop]\ncurrency = "EUR"\n{source}\n[feeds."a.b"]\ncurrency = "CNY"\n{source}\n')
    feeds = Config.load(file, environment={}).feeds
    assert {name: feed.currency for name, feed in feeds.items()} == {"shop": "EUR", "a.b": "CNY"}


def test_the_default_weights_are_those_of_the_code():
    weights = Config().search.weights.model_dump()
    assert weights.pop("match_share") == Hybrid().match_share
    assert weights == dict(Hybrid().weights)
