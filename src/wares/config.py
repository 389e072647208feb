"""One frozen, typed Config; the only file that reads wares.toml or the environment.

A value comes from an option, else the environment (``WARES_SEARCH__PAGE_SIZE``), else wares.toml, else its default;
``Config.origins`` says which.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from wares.errors import ConfigError
from wares.mapping import Mapping as FeedMapping
from wares.mapping import explain as explain_mapping

PREFIX = "WARES_"


class Section(BaseModel):
    """A part of the configuration: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # a section is built with the whole


class ShopSettings(Section):
    """What the shop is and where it keeps things."""

    name: str = Field("wares", description="the name on the search page")
    folder: Path = Field(Path("wares-data"), description="everything the shop keeps: store, media, index")
    store: str = Field("", description="SQLAlchemy URL of the store; empty: SQLite in the folder")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="ISO 4217; prices in words and filters are in it")
    language: str = Field("en", description="BCP 47 tag of what the merchant writes when a feed does not say")
    weights: Path | None = Field(None, description="folder of prepared weights; empty: the user's cache folder")


class IngestSettings(Section):
    """When a feed is taken in and when it is held."""

    max_bad_share: float = Field(0.2, ge=0, le=1, description="a larger share of bad rows holds the feed")
    max_shrink_share: float = Field(0.5, ge=0, le=1, description="a larger share of vanished products holds the feed")
    threads: int = Field(2, ge=1, le=64, description="photos taken in at the same time")


class MediaSettings(Section):
    """Limits on photos and clips."""

    max_bytes: int = Field(20_000_000, ge=1_000, description="largest file taken in")
    max_pixels: int = Field(50_000_000, ge=1_000, description="largest picture decoded, in pixels")
    max_side: int = Field(1200, ge=64, description="longest side of our own copy, in pixels")
    max_seconds: float = Field(120.0, gt=0, description="longest clip taken in")
    timeout: float = Field(20.0, gt=0, description="seconds one download may take in all")
    allow_hosts: tuple[str, ...] = Field((), description="internal hosts that photos may come from")


class EncodeSettings(Section):
    """Which encoders make the vectors."""

    analyzer: str = Field("words.v1", description="how words are cut into terms")
    text: str = Field("usem3.v1", description="text encoder")
    image: str = Field("efficientnet-lite2.v1", description="image encoder; empty: photos are not encoded")
    colour: str = Field("colour.v1", description="colour descriptor; empty: none")
    clips: str = Field("frames.v1", description="encoder of clips; empty: none")
    fusion: str = Field("bridge.v1", description="how modalities become one vector")
    threads: int = Field(2, ge=1, le=64, description="photos encoded at a time, each on one core")
    ocr: bool = Field(False, description="`wares read` reads the words in photos; needs wares[ocr]")


class RouteWeights(Section):
    """What each route counts for; `wares tune` finds them from judgements."""

    words: float = Field(1.0, ge=0, le=100, description="words, each by how rare it is and where it stands")
    coverage: float = Field(0.75, ge=0, le=100, description="share of the query that the words match")
    phrase: float = Field(0.1, ge=0, le=100, description="words that stand side by side as in the query")
    text: float = Field(1.0, ge=0, le=100, description="what the text means")
    image: float = Field(1.0, ge=0, le=100, description="what the photo looks like")
    fused: float = Field(0.6, ge=0, le=100, description="text and photo together")
    boosts: float = Field(0.25, ge=0, le=100, description="each brand, colour, category … read out of the words")
    code: float = Field(10.0, ge=0, le=100, description="the number of the product was typed")


class JudgedCurve(Section):
    """P(relevant) = 1 / (1 + exp(-(slope · evidence + intercept))), and the evidence of the cut-off."""

    slope: float = Field(0.0, ge=0, description="log-odds a unit of evidence; 0: the catalogue's own curve")
    intercept: float = Field(0.0, description="log-odds without evidence")
    cut: float = Field(0.0, description="evidence that is enough")


class JudgedCurves(Section):
    """How evidence is read, for products whose words match and for those only near in meaning."""

    words: JudgedCurve = Field(JudgedCurve(), description="of products whose words match")
    meaning: JudgedCurve = Field(JudgedCurve(), description="of products that are near in meaning")


class SearchSettings(Section):
    """How candidates are found, cut off and ordered."""

    page_size: int = Field(24, ge=1, le=1000, description="products on a page")
    facets: tuple[str, ...] = Field((), description="facets shown; empty: chosen by coverage")
    ranker: str = Field("linear.v1", description="what orders the candidates")
    words_patience: float = Field(0.25, gt=0, description="seconds for the vectors of words; later: words alone")
    photo_patience: float = Field(3.0, gt=0, description="seconds for the vectors of a photo or a clip")
    error_rate: float = Field(0.1, gt=0, lt=1, description="share of true queries that may be told no")
    match_share: float = Field(0.5, ge=0, le=1, description="share of a query that the words of a match carry")
    weights: RouteWeights = Field(RouteWeights(), description="what each route counts for")
    nearest: int = Field(12, ge=1, le=100, description="products listed where the shop does not carry what was asked")
    join: Literal["sum", "ranks"] = Field("sum", description="how routes become a score: sum, or reciprocal ranks")
    curves: JudgedCurves = Field(JudgedCurves(), description="P(relevant) from judgements; `wares calibrate` finds it")


class IndexSettings(Section):
    """Where products can be found."""

    name: str = Field("exact.v1", description="index backend")
    threads: int = Field(1, ge=1, le=64, description="threads of one search")
    keep: int = Field(3, ge=1, le=50, description="generations kept for rollback")


class GateSettings(Section):
    """What is asked before a generation or a ranker goes live."""

    enforce: bool = Field(True, description="refuse what is measurably worse; false: measure it, and let it go live")
    margin: float = Field(0.02, ge=0, le=1, description="mean loss of a metric that is borne, between 0 and 1")
    queries: int = Field(200, ge=0, le=1000, description="golden queries asked in all; 0: the merchant's own alone")


class ServeSettings(Section):
    """The shop over HTTP."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    workers: int = Field(1, ge=1, le=64, description="processes that answer; one a core")
    slots: int = Field(2, ge=1, le=64, description="requests that a worker works on at a time")
    max_wait: float = Field(0.5, gt=0, description="seconds a request may wait for its slot; later: 429 at once")
    max_upload: int = Field(10_000_000, ge=1_000, description="largest photo a shopper may send, in bytes")
    metrics: Literal["local", "open"] = Field(
        "local", description="who reads /metrics without an admin key: this machine, or everyone (`open`)"
    )
    playground: Literal["auto", "on", "off"] = Field(
        "auto", description="/playground: `auto` on this machine alone; `on` from elsewhere too, for analysts; or `off`"
    )
    disk_reserve: int = Field(500_000_000, ge=0, description="bytes that should be free, else /readyz says `disk`")
    drain_seconds: float = Field(0.0, ge=0, description="seconds that SIGTERM leaves for traffic to go elsewhere")
    log_slow: float = Field(1.0, ge=0, description="seconds from which on a request is logged")
    log_share: float = Field(0.0, ge=0, le=1, description="share of all requests that are logged")
    otlp_endpoint: str = Field("", description="where traces are sent by OTLP/HTTP; empty: none; needs wares[tracing]")
    trace_share: float = Field(0.05, ge=0, le=1, description="share of requests traced where the caller did not decide")
    response_cache: int = Field(32_000_000, ge=0, description="bytes of answers a worker keeps; 0: none")
    max_body: int = Field(50_000_000, ge=1_000, description="largest feed that may be posted, in bytes, inflated")
    trusted_proxies: tuple[str, ...] = Field(
        (), description="networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )


class AccessSettings(Section):
    """Who may come in, what they see, and how much of it."""

    open: bool = Field(True, description="searching and sending events takes no key")
    filters: str = Field("", description="what may be seen without a key, as a filter; empty: everything")
    rate: str = Field("50/second; 1500/minute", description="requests of one client address; empty: any number")
    products: int = Field(5_000, ge=0, description="different products a client may see in an hour; 0: any number")
    session_hours: float = Field(12.0, gt=0, description="hours after which an account signs in anew")
    idle_minutes: float = Field(60.0, gt=0, description="minutes without a request after which it does")


class Config(Section):
    """Everything that can be set."""

    shop: ShopSettings = ShopSettings()
    ingest: IngestSettings = IngestSettings()
    media: MediaSettings = MediaSettings()
    encode: EncodeSettings = EncodeSettings()
    index: IndexSettings = IndexSettings()
    gate: GateSettings = GateSettings()
    search: SearchSettings = SearchSettings()
    serve: ServeSettings = ServeSettings()
    access: AccessSettings = AccessSettings()
    feeds: dict[str, FeedMapping] = Field(default_factory=dict, description="what the columns of a feed mean, by name")

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        options: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "Config":
        """Read the configuration.

        Parameters
        ----------
        path
            The toml file; None: ``wares.toml`` in the working folder if there is one.
        options
            Dotted names to values, such as ``{"shop.folder": "/data"}``; a None value is not given.
        environment
            Defaults to the process's.

        Raises
        ------
        ConfigError
            An unknown key (the message names the nearest), a value of the wrong type, a file that cannot be read.
        """
        source = path if path is not None else Path("wares.toml")
        if path is not None and not path.is_file():
            raise ConfigError(f"there is no {path}", fix="create it, or leave --config out")
        given: dict[str, Any] = {}
        origins: dict[str, str] = {}
        layers = (
            (str(source), _read(source) if source.is_file() else {}),
            ("environment", _from_environment(os.environ if environment is None else environment)),
            ("option", {name: value for name, value in (options or {}).items() if value is not None}),
        )
        for origin, values in layers:
            for name, value in values.items():
                _put(given, name, value)
                origins[name] = origin
        try:
            config = cls.model_validate(given)
        except ValidationError as error:
            raise _explain(error, origins) from None
        config._origins.update(origins)
        return config

    def items(self) -> Iterator[tuple[str, Any, str, str]]:
        """Every setting as (dotted name, value, where it came from, description)."""
        for section_name, section_field in type(self).model_fields.items():
            section = getattr(self, section_name)
            if not isinstance(section, Section):
                origin = self._origins.get(section_name, "default")
                yield section_name, section, origin, section_field.description or ""
                continue
            yield from self._within(section, section_name, "default")

    def _within(self, section: Section, path: str, inherited: str) -> Iterator[tuple[str, Any, str, str]]:
        for name, field in type(section).model_fields.items():
            dotted, value = f"{path}.{name}", getattr(section, name)
            origin = self._origins.get(dotted, inherited)
            if isinstance(value, Section):
                yield from self._within(value, dotted, origin)
            else:
                yield dotted, value, origin, field.description or ""

    def weights_folder(self) -> Path:
        """Where prepared weights are, shared by all shops of one user unless it is set."""
        return self.shop.weights or cache_folder() / "weights"

    def store_url(self) -> str:
        """The store's URL, with the default spelled out."""
        return self.shop.store or f"sqlite:///{self.shop.folder / 'catalogue.sqlite'}"


def cache_folder() -> Path:
    """The user's cache folder, by the XDG base directory specification."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wares"


def _read(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", fix="mend the file; see docs/settings.md") from None
    return dict(_dotted(content))


def _dotted(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Dotted name → value; feeds stay whole, their inner names are the merchant's own."""
    for name, value in content.items():
        if not isinstance(value, dict):
            yield name, value
        elif name == "feeds":
            yield from ((f"{name}.{feed}", mapping) for feed, mapping in value.items())
        else:
            yield from ((f"{name}.{inner}", each) for inner, each in _dotted(value))


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """``WARES_SEARCH__PAGE_SIZE=12`` → ``{"search.page_size": "12"}``."""
    named = {key.removeprefix(PREFIX).lower(): value for key, value in environment.items() if key.startswith(PREFIX)}
    return {name.replace("__", "."): value for name, value in named.items() if "__" in name}


def _put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *sections, name = dotted.split(".", 1) if dotted.startswith("feeds.") else dotted.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[name] = value


def _explain(error: ValidationError, origins: Mapping[str, str]) -> ConfigError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    origin = next((origin for key, origin in origins.items() if name == key or name.startswith(f"{key}.")), "options")
    if first["loc"][0] == "feeds":
        message, fix = explain_mapping(error)
        return ConfigError(f"{message} ({origin})", fix=fix)
    if first["type"] != "extra_forbidden":
        return ConfigError(f"{name} = {first['input']!r} ({origin}): {first['msg']}", fix="see `wares config`")
    near = difflib.get_close_matches(name, [known for known, *_ in Config().items()], n=1, cutoff=0.4)
    fix = f"did you mean {near[0]}?" if near else "`wares config` lists all of them"
    return ConfigError(f"there is no setting {name} ({origin})", fix=fix)
