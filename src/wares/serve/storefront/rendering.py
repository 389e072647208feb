"""Templates → HTML, with autoescape on and everything undefined an error."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from wares.serve.storefront.formats import number
from wares.stages import staged

STATIC = Path(__file__).parent / "static"


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
def static(name: str) -> str:
    """The address of a file of ours; it changes with its content, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@cache
def integrity(name: str) -> str:
    """The hash of a script of ours, by which a page and its policy name it."""
    return f"sha256-{base64.b64encode(hashlib.sha256((STATIC / name).read_bytes()).digest()).decode()}"


@cache
def swatches() -> frozenset[str]:
    """The colours that shop.css can paint a dot of."""
    return frozenset(re.findall(r"\.swatch-([a-z-]+)", (STATIC / "shop.css").read_text("utf-8")))
