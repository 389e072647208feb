"""What is said of products, told from rows of the space and by a network of its own. torch loads with this module.

The linear heads on rows shape the space. The network reads frozen features of its own accord, and what it learns of
them need not fit into a row; what is told is the mean of both, in log odds.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wares.learn.catalogue import ABSENT, Label
from wares.learn.towers import Standard
from wares.types import FloatArray, IntArray

LOGITS = 16.0  # length of what labels are told from: weights that decay cannot make it of a unit row
READ = 4.0  # the same of standardised features
WIDE = 1024  # hidden units of the network
DROPOUT = 0.5  # chosen on one fold of fashion products (docs/log.md)


class Labels(nn.Module):  # type: ignore[misc, unused-ignore]
    """Heads of all labels.

    Parameters
    ----------
    labels
        What is said of the products that are learned from.
    standards
        Modality → how its features are scaled; the network reads those that a product is shown with.
    dim
        Of the rows.
    """

    def __init__(self, labels: Mapping[str, Label], standards: Mapping[str, Standard], dim: int) -> None:
        super().__init__()
        self.names = tuple(labels)
        self.codes = [label.codes for label in labels.values()]
        sizes = {str(place): label.size for place, label in enumerate(labels.values())}
        self.heads = nn.ModuleDict({place: nn.Linear(dim, size) for place, size in sizes.items()})
        self.into = nn.ModuleDict({name: nn.Linear(len(each.mean), WIDE) for name, each in standards.items()})
        self.out = nn.ModuleDict({place: nn.Linear(WIDE, size) for place, size in sizes.items()})
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, rows: Tensor, features: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> list[Tensor]:
        """(2, n, v) log odds of each label's values, by the rows and by the features."""
        hidden = torch.zeros(len(rows), WIDE)
        for name, layer in self.into.items():
            if name in features:
                read = layer(self.drop(READ * features[name]))
                hidden = hidden + read * present[name][:, None]
        hidden = self.drop(functional.silu(hidden))
        return [
            torch.stack([head(LOGITS * rows), self.out[place](hidden)]) for place, head in self.heads.items()
        ]  # fmt: skip

    def loss(self, told: list[Tensor], rows: IntArray, there: Tensor) -> Tensor | None:
        """Mean cross-entropy over the labels, of the products that have something and are ``there``."""
        parts = []
        for both, own in zip(told, self.codes, strict=True):
            codes = torch.where(there, torch.from_numpy(own[rows]), ABSENT)
            if bool((codes != ABSENT).any()):
                parts += [functional.cross_entropy(each, codes, ignore_index=ABSENT) for each in both]
        return torch.stack(parts).mean() if parts else None

    def guess(self, told: list[FloatArray], labels: Mapping[str, Label], sure: float) -> None:
        """Take what the (n, v) probabilities say of products of which nothing is said, where they are sure.

        Source: Lee, Pseudo-label, ICML workshop on challenges in representation learning 2013.
        """
        for place, (likely, label) in enumerate(zip(told, labels.values(), strict=True)):
            taken = (label.codes == ABSENT) & (likely.max(1) >= sure)
            self.codes[place] = np.where(taken, likely.argmax(1), label.codes)

    def arrays(self) -> dict[str, FloatArray]:
        """What :class:`~wares.encode.learned.LearnedSpace` reads, the mean of both log odds folded into the weights."""
        found = {f"reader.{name}.{part}": value for name, layer in self.into.items() for part, value in _parts(layer)}
        for place, head in self.heads.items():
            found |= {f"label.{place}.{part}": value / 2 for part, value in _parts(head)}
            found |= {f"label.{place}.own.{part}": value / 2 for part, value in _parts(self.out[place])}
            found[f"label.{place}.weight"] *= LOGITS
        for name in self.into:
            found[f"reader.{name}.weight"] *= READ
        return found


def _parts(layer: nn.Linear) -> list[tuple[str, FloatArray]]:
    return [("weight", layer.weight.detach().numpy().copy()), ("bias", layer.bias.detach().numpy().copy())]
