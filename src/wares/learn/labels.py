"""What is said of products, told from rows of the space and by a network of its own. torch loads with this module.

The linear heads on rows shape the space. The network reads what is seen of a product, and what it learns of that need
not fit into a row; where a product is seen, the mean of both is told, in log odds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wares.encode.learned import LearnedSpace
from wares.learn.catalogue import ABSENT, SEEN, Label
from wares.learn.towers import Standard
from wares.types import FloatArray, IntArray

LOGITS = 16.0  # length of what labels are told from: weights that decay cannot make it of a unit row
READ = 4.0  # the same of standardised features
WIDE = 1024  # hidden units of the network
DROPOUT = 0.5  # chosen on one fold of fashion products (docs/log.md)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Log odds of each label's values, (n, v) each.

    Attributes
    ----------
    by_row
        From rows of the space.
    by_look
        From what is seen; zeros where nothing is.
    seen : (n,)
        Of which products anything is.
    """

    by_row: Sequence[Tensor]
    by_look: Sequence[Tensor]
    seen: Tensor

    def sure(self) -> list[Tensor]:
        """(n, 2) for each label how likely its likeliest value is, by the less sure of both, and which it is."""
        found = []
        for by_row, by_look in zip(self.by_row, self.by_look, strict=True):
            own = torch.softmax(by_row, 1)
            likely = torch.where(self.seen[:, None], torch.minimum(own, torch.softmax(by_look, 1)), own)
            found.append(torch.stack([likely.amax(1), likely.argmax(1).to(likely.dtype)], 1))
        return found


class Labels(nn.Module):  # type: ignore[misc, unused-ignore]
    """Heads of all labels.

    Parameters
    ----------
    labels
        What is said of the products that are learned from.
    standards
        Modality → how its features are scaled.
    dim
        Of the rows.
    """

    def __init__(self, labels: Mapping[str, Label], standards: Mapping[str, Standard], dim: int) -> None:
        super().__init__()
        self.names = tuple(labels)
        self.codes = [label.codes for label in labels.values()]
        seen = {name: len(each.mean) for name, each in standards.items() if name in SEEN and labels}
        self.heads = nn.ModuleList(nn.Linear(dim, label.size) for label in labels.values())
        self.read = nn.ModuleDict({name: nn.Linear(size, WIDE) for name, size in seen.items()})
        self.out = nn.ModuleList(nn.Linear(WIDE, label.size, bias=False) for label in labels.values())
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, rows: Tensor, features: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Told:
        """What is told of (n, D) rows, and of what is seen of the same products."""
        hidden, seen = torch.zeros(len(rows), WIDE), torch.zeros(len(rows), dtype=torch.bool)
        for name, layer in self.read.items():
            if name in features:
                hidden = hidden + layer(self.drop(READ * features[name])) * present[name][:, None]
                seen = seen | present[name]
        hidden = self.drop(functional.silu(hidden))
        return Told([head(LOGITS * rows) for head in self.heads], [out(hidden) for out in self.out], seen)

    def loss(self, told: Told, rows: IntArray, there: Tensor) -> Tensor | None:
        """Cross-entropy, mean over the labels, of rows where they are there and of what is seen where anything is."""
        parts: dict[bool, list[Tensor]] = {True: [], False: []}
        for by_row, by_look, own in zip(told.by_row, told.by_look, self.codes, strict=True):
            codes = torch.from_numpy(own[rows])
            for looked, logits, known in ((False, by_row, there), (True, by_look, told.seen)):
                if bool(((codes != ABSENT) & known).any()):
                    left = torch.where(known, codes, ABSENT)
                    parts[looked].append(functional.cross_entropy(logits, left, ignore_index=ABSENT))
        means = [torch.stack(each).mean() for each in parts.values() if each]
        return torch.stack(means).sum() if means else None

    def warm(self, space: LearnedSpace, labels: Mapping[str, Label]) -> None:
        """Take over what a model has learned of labels and values that it knows; new ones begin from nothing."""
        own, known = self.state_dict(), space.arrays
        for name, layer in self.read.items():
            if f"read.{name}.weight" in known and known[f"read.{name}.weight"].shape == layer.weight.shape:
                own[f"read.{name}.weight"].copy_(torch.from_numpy(known[f"read.{name}.weight"] / READ))
                own[f"read.{name}.bias"].copy_(torch.from_numpy(np.array(known[f"read.{name}.bias"])))
        before = {name: place for place, name in enumerate(space.card.get("labels", {}))}
        for place, (name, label) in enumerate(labels.items()):
            if name not in before or name not in self.names:
                continue
            at = {value: row for row, value in enumerate(space.card["labels"][name])}
            words = next(iter(label.words.values()))
            pairs = [(row, at[value]) for row, value in enumerate(words) if value in at]
            for part, learned, scale in (
                (f"heads.{place}.weight", "weight", LOGITS),
                (f"heads.{place}.bias", "bias", 1.0),
                (f"out.{place}.weight", "seen", 1.0),
            ):
                rows = known[f"label.{before[name]}.{learned}"] / np.float32(scale)
                for row, old in pairs:
                    own[part][row] = torch.from_numpy(np.array(rows[old]))

    def guess(self, likely: Sequence[FloatArray], labels: Mapping[str, Label], sure: float) -> None:
        """Take the likeliest values (n, 2) of products of which nothing is said, where they are sure.

        Source: Lee, Pseudo-label, ICML workshop on challenges in representation learning 2013.
        """
        for place, (each, label) in enumerate(zip(likely, labels.values(), strict=True)):
            taken = (label.codes == ABSENT) & (each[:, 0] >= sure)
            self.codes[place] = np.where(taken, each[:, 1].astype(np.int64), label.codes)

    def arrays(self) -> dict[str, FloatArray]:
        """What :class:`~wares.encode.learned.LearnedSpace` reads."""
        own = {name: value.numpy() for name, value in self.state_dict().items()}
        found = {name: value.copy() for name, value in own.items() if name.startswith("read.")}
        for place in range(len(self.names)):
            found |= {
                f"label.{place}.weight": LOGITS * own[f"heads.{place}.weight"],
                f"label.{place}.bias": own[f"heads.{place}.bias"].copy(),
                f"label.{place}.seen": own[f"out.{place}.weight"].copy(),
            }
        for name in self.read:
            found[f"read.{name}.weight"] *= READ
        return found
