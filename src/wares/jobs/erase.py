"""The job ``erase``: a shopper is taken out of everything, with proof; the job forgets who it was."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from wares.errors import CatalogError
from wares.jobs.work import JobKind, Work
from wares.registry import register


@register("job", "erase")
class EraseJob(JobKind):
    """Erase a shopper everywhere and refuse them from now on, as `wares privacy erase` does."""

    personal: ClassVar[bool] = True
    whole: ClassVar[bool] = True

    shopper: str = Field(min_length=1, max_length=1_000)

    def run(self, work: Work) -> Mapping[str, Any]:
        with work.shop() as shop:
            proof = shop.erase(self.shopper, work.progress)
        if not proof.clean:
            files = ", ".join(proof.remaining)
            raise CatalogError(f"files still name the shopper: {files}", fix="delete them, then retry the job")
        return proof.facts()
