"""Kinds of job that tests hold in their middle, and a runner of them."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from wares import errors
from wares.config import Config
from wares.jobs.runner import JobRunner
from wares.jobs.work import JobKind, Work
from wares.registry import register
from wares.shop import Shop


@register("job", "held")
class HeldJob(JobKind):
    """Writes down that it began, holds the shop if asked to, and goes on until there is a file ``go`` in the folder."""

    folder: str
    shop: bool = False

    def run(self, work: Work) -> Mapping[str, Any]:
        with (Path(self.folder) / "began").open("a") as file:
            file.write("x")
        if self.shop:
            with work.shop():
                return self._held(work)
        return self._held(work)

    def _held(self, work: Work) -> Mapping[str, Any]:
        done = 0
        while not (Path(self.folder) / "go").exists():
            done += 1
            work.progress("hold", done, 1_000)
            time.sleep(0.02)
        return {"held": done}


@register("job", "failing")
class FailingJob(JobKind):
    """Fails ``times`` times with an error of a kind, then succeeds; it writes down that it began."""

    folder: str
    error: str
    times: int = 1_000

    def run(self, work: Work) -> Mapping[str, Any]:
        path = Path(self.folder) / "began"
        with path.open("a") as file:
            file.write("x")
        if path.stat().st_size <= self.times:
            raise getattr(errors, self.error, None)("it is so") if hasattr(errors, self.error) else MemoryError
        return {}


@register("job", "secret")
class SecretJob(JobKind):
    """Fails with the name in what it says."""

    personal: ClassVar[bool] = True
    name: str

    def run(self, work: Work) -> Mapping[str, Any]:
        raise errors.EncodeError(f"there is nobody called {self.name}", fix=f"call {self.name}")


class Ran:
    """A runner of a shop, and what it told of attempts."""

    def __init__(self, config: Config, **options: Any) -> None:
        self.ended: list[tuple[str, str]] = []

        def tell(kind: str, outcome: str, _: float) -> None:
            self.ended.append((kind, outcome))

        options = {"pause": 0.01, "first": 0.05, **options}
        self.runner = JobRunner(config, lambda: closing(Shop.open(config, write=True)), tell, **options)


def eventually(found: Callable[[], Any], seconds: float = 30) -> Any:
    until = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)
    return value
