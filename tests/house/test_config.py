import pytest

from wares.config import Config
from wares.errors import ConfigError
from wares.search.hybrid import WEIGHTS, Hybrid


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


def test_a_section_within_a_section_is_read_from_every_place(tmp_path):
    path = tmp_path / "wares.toml"
    path.write_text("[search]\npage_size = 12\n[search.weights]\nwords = 2.0\ntext = 0.5\n", "utf-8")
    config = Config.load(path, {"search.weights.image": 3}, {"WARES_SEARCH__WEIGHTS__TEXT": "0.25"})
    weights = config.search.weights
    assert (config.search.page_size, weights.words, weights.text, weights.image) == (12, 2.0, 0.25, 3.0)
    origins = {name: origin for name, _, origin, _ in config.items() if name.startswith("search.weights")}
    assert origins["search.weights.words"] == str(path)
    assert origins["search.weights.text"] == "environment"
    assert origins["search.weights.image"] == "option"
    assert origins["search.weights.fused"] == "default"


def test_an_unknown_route_names_the_nearest(tmp_path):
    path = tmp_path / "wares.toml"
    path.write_text("[search.weights]\nwrods = 2.0\n", "utf-8")
    with pytest.raises(ConfigError, match=r"search\.weights\.words"):
        Config.load(path, environment={})


def test_the_default_weights_are_those_of_the_joining_of_routes():
    search = Config().search
    assert search.weights.model_dump() == dict(WEIGHTS)
    assert search.match_share == Hybrid().match_share
