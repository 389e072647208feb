"""Drawings of every product type, one file a family; importing this package registers them all."""

from importlib import import_module
from pkgutil import iter_modules

from wares.catalog.demo.shapes.look import SHAPES, Look

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["SHAPES", "Look"]
