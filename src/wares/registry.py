"""name.version → factory: built-ins are found by walking their room, strangers by the entry point ``wares.parts``."""

import difflib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, TypeVar

from wares.errors import ContractError, UnknownPart

ROOMS = {
    "analyzer": "wares.encode",
    "encoder": "wares.encode",
    "fusion": "wares.encode",
    "index": "wares.index",
    "ranker": "wares.rank",
    "feed": "wares.catalog.feeds",
    "bench": "wares.bench",
    "job": "wares.jobs",
    "tracker": "wares.learn.trackers",
}

F = TypeVar("F", bound=Callable[..., Any])

_factories: dict[str, dict[str, Callable[..., Any]]] = {kind: {} for kind in ROOMS}


def register(kind: str, name: str) -> Callable[[F], F]:
    """Decorate a factory: ``@register("encoder", "siglip.v1")``; its keyword arguments are its configuration."""
    if kind not in ROOMS:
        raise ContractError(f"no kind of part is called {kind!r}", fix=f"one of {', '.join(ROOMS)}")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*(\.v\d+)?", name):
        raise ContractError(f"{name!r} is no part name", fix="small letters, digits and '-', then .v1")

    def keep(factory: F) -> F:
        taken = _factories[kind].get(name)
        if taken is not None and taken.__module__ != factory.__module__:
            raise ContractError(f"{kind} {name} is registered in {taken.__module__} already", fix="raise its version")
        _factories[kind][name] = factory
        return factory

    return keep


def names(kind: str) -> list[str]:
    """The registered names of one kind, sorted."""
    _discover(kind)
    return sorted(_factories[kind])


def factory(kind: str, name: str) -> Callable[..., Any]:
    """The factory behind a name; an unknown one is an error that names the nearest."""
    _discover(kind)
    if name not in _factories[kind]:
        near = difflib.get_close_matches(name, _factories[kind], n=1)
        fix = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(_factories[kind])) or 'none'}"
        raise UnknownPart(f"no {kind} is called {name!r}", fix=fix)
    return _factories[kind][name]


def create(kind: str, name: str, **settings: Any) -> Any:
    """Build a part by its name."""
    return factory(kind, name)(**settings)


def equip(kind: str, name: str, **offers: Any) -> Any:
    """Build a part by its name with those of the offered settings that its factory asks for."""
    asked = inspect.signature(factory(kind, name)).parameters
    return create(kind, name, **{setting: value for setting, value in offers.items() if setting in asked})


@cache
def _discover(kind: str) -> None:
    room = importlib.import_module(ROOMS[kind])
    for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
        importlib.import_module(module.name)
    _invite_strangers()


@cache
def _invite_strangers() -> None:
    """Looking for entry points reads a file of every package that is installed: once for all kinds."""
    for point in entry_points(group="wares.parts"):
        point.load()
