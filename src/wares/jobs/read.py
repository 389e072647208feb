"""The job ``read``: words in photos are read, without holding up who writes, and become findable."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from wares.jobs.work import JobKind, Work
from wares.reading import read_media
from wares.registry import register


@register("job", "read")
class ReadJob(JobKind):
    """Read the words in photos that were not read yet, as `wares read` does."""

    def run(self, work: Work) -> Mapping[str, Any]:
        return asdict(read_media(work.config, work.progress, shop=work.shop))
