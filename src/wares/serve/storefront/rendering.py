"""Templates → HTML, with autoescape on and everything undefined an error."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from wares.errors import ConfigError
from wares.serve.storefront.formats import number
from wares.stages import staged

STATIC = Path(__file__).parent / "static"
_HASHED = re.compile(r"-[0-9A-Z]{8}\.[a-z]+$")


class BundledFiles(StaticFiles):
    """The files of the bundle; what has a hash in its name may be kept for ever."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(self, full_path: Any, *given: Any, **named: Any) -> Response:
        answer = super().file_response(full_path, *given, **named)
        if _HASHED.search(str(full_path)):
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


@staged("serialise")
def render(template: str, **shown: Any) -> str:
    """The page that a template makes of what is shown; a name it lacks raises."""
    return _environment().get_template(template).render(**shown)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("wares.serve.storefront"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=static, integrity=integrity, number=number)
    return environment


@cache
def bundled() -> Mapping[str, str]:
    """The files that a build bundled, by the names of their sources; a name changes with its content.

    Raises
    ------
    ConfigError
        There is no bundle: this is a checkout whose pages were never built.
    """
    try:
        found: Mapping[str, str] = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    except OSError as missing:
        raise ConfigError(
            "the scripts and styles of the pages are not bundled yet", fix="run: python hatch_build.py"
        ) from missing
    return found


def static(name: str) -> str:
    """The address of a file of ours, which browsers may keep for ever."""
    return f"/static/{bundled()[name]}"


@cache
def integrity(name: str) -> str:
    """The hash of a script of ours, by which a page and its policy name it."""
    digest = hashlib.sha256((STATIC / bundled()[name]).read_bytes()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def scripts() -> tuple[str, ...]:
    """The names of all scripts of ours."""
    return tuple(sorted(name for name in bundled() if name.endswith(".js")))


@cache
def swatches() -> frozenset[str]:
    """The colours that shop.css can paint a dot of."""
    return frozenset(re.findall(r"\.swatch-([a-z-]+)", (STATIC / bundled()["shop.css"]).read_text("utf-8")))
