"""The demo shop: a seeded generator of a complete merchant's folder, read by the ordinary native feed reader."""

from wares.catalog.demo.sheet import contact_sheet
from wares.catalog.demo.shop import DemoShop, build

__all__ = ["DemoShop", "build", "contact_sheet"]
