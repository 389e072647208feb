"""Where what is served stands beside the store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """``served`` and ``written`` are sequence numbers: what the index has, and what the store has.

    ``made`` is when the generation was made, in Unix seconds; ``behind``, ``unwritable`` and ``refused`` (what should
    be live is not) say why, and are empty where all is well.
    """

    generation: str
    made: float
    served: int
    written: int
    products: int
    segments: int
    bytes: int
    behind: str = ""
    unwritable: str = ""
    refused: str = ""

    @property
    def lag(self) -> int:
        """Changes of the store that no search sees yet."""
        return max(self.written - self.served, 0)
