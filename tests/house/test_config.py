import pytest

from wares.config import Config
from wares.errors import ConfigError


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
