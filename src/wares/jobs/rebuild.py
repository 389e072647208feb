"""The job ``rebuild``: fusion, index and calibration are made anew from the store, and served when they are ready."""

from collections.abc import Mapping
from typing import Any

from wares.jobs.work import JobKind, Work
from wares.registry import register


@register("job", "rebuild")
class RebuildJob(JobKind):
    """Make everything that is derived from the store again, as `wares rebuild` does."""

    def run(self, work: Work) -> Mapping[str, Any]:
        with work.shop() as shop:
            shop.rebuild(work.progress)
            return {"generation": shop.generation, "products": shop.stats.products}
