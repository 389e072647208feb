"""What a kind of job is: its arguments are the fields of a model, and ``run`` does it.

A job may be run again after any part of it was done: it was killed, or what it needs was not there.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from wares.config import Config
from wares.errors import QueryError, UnknownPart
from wares.registry import factory
from wares.shop import Shop
from wares.types import Progress

OpenShop = Callable[[], AbstractContextManager[Shop]]
PERSONAL = "[personal]"  # stands for an argument wherever somebody may look


@dataclass(frozen=True, slots=True)
class Work:
    """What a job has to work with.

    Attributes
    ----------
    shop
        Gives the shop, open for writing; StoreLocked while another process writes it.
    progress
        To be told often: it ends a job that is cancelled or whose process ends.
    """

    config: Config
    shop: OpenShop
    progress: Progress


class JobKind(BaseModel):
    """A kind of job; register the class under its name.

    Attributes
    ----------
    personal
        Whether its arguments name a person: they are shown to nobody and kept only until the job is done.
    whole
        Whether a half of it would be worse than none: it is not cancelled once it runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    personal: ClassVar[bool] = False
    whole: ClassVar[bool] = False

    def run(self, work: Work) -> Mapping[str, Any]:
        """Do it; what is returned is told as its result and names nobody."""
        raise NotImplementedError

    def shown(self) -> dict[str, Any]:
        """The arguments as anybody may see them."""
        return {name: PERSONAL if self.personal else value for name, value in self.model_dump().items()}

    def unnamed(self, text: str) -> str:
        """A text without the arguments, where they are personal."""
        for value in self.model_dump().values() if self.personal else ():
            text = text.replace(str(value), PERSONAL)
        return text


def kind_of(name: str) -> type[JobKind]:
    """The kind of a name; QueryError where there is none."""
    try:
        found: type[JobKind] = factory("job", name)  # type: ignore[assignment]
    except UnknownPart as error:
        raise QueryError(f"kind: {error.message}", fix=error.fix) from None
    return found


def made(kind: str, arguments: Mapping[str, Any]) -> JobKind:
    """A job of a kind.

    Raises
    ------
    QueryError
        There is no such kind, or the arguments are not its own.
    """
    try:
        return kind_of(kind)(**arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(("arguments", *map(str, first["loc"])))[:100]
        raise QueryError(f"{where}: {first['msg'][:200]}", fix="see the kinds of job in docs/parts.md") from None
