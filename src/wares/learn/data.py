"""A shop's data as it is learned from and measured on.

Products fall to one of three parts by a hash of their group, always the same one: what is learned from, what settings
are chosen on, and what is only ever looked at (when a model is made, and by the gate before it goes live).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from wares.encode.learned import TERMS, LearnedSpace
from wares.learn.catalogue import Catalogue, EncodeTexts, TermsOf
from wares.learn.trial import Trial, trial
from wares.protocols import Encoded, Fusion

CHOSEN_ON, LOOKED_AT = 0.05, 0.1  # of the products


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A catalogue, and how its words are read.

    Attributes
    ----------
    base
        The fusion of day 0, not fitted, and what it is registered as.
    encoders
        Modality → fingerprint of what its features come from.
    photos
        Product id → a photo of it, to be looked at.
    """

    catalogue: Catalogue
    encode: EncodeTexts
    terms: TermsOf
    base: Fusion
    base_name: str
    encoders: Mapping[str, str]
    photos: Mapping[str, Path] = field(default_factory=dict)

    def parts(self) -> tuple[Catalogue, Catalogue, Catalogue]:
        """What is learned from, chosen on and looked at."""
        chosen, looked, learned = (self.catalogue[rows] for rows in self.catalogue.split((CHOSEN_ON, LOOKED_AT)))
        return learned, chosen, looked

    def fitted(self, learned: Catalogue) -> Fusion:
        """The fusion of day 0 with no more than what was learned from."""
        return self.base.fit(learned.parts, [str(group) for group in learned.groups])

    def trial(self, fusion: Fusion, held: Catalogue) -> Trial:
        """What a fusion is worth on products that were held out."""
        return trial(fusion, held, self.encode, self.terms)


def taught_on(data: Data, teacher: LearnedSpace, most: int = 0) -> dict[str, Encoded]:
    """Rows of each modality for a student: products that were learned from, and the queries that ask for them.

    Parameters
    ----------
    most
        Products that have each modality, where not all of them are wanted; 0: all.
    """
    learned = data.parts()[0]
    if most:
        generator = np.random.default_rng(0)
        there = [generator.permutation(np.flatnonzero(part.present))[:most] for part in learned.parts.values()]
        learned = learned[np.unique(np.concatenate(there))]
    texts = [(text, each.language) for each in learned.asked for text in each.texts]
    n, q = len(learned), len(texts)
    words = data.encode([text for text, _ in texts])
    encoder = teacher.own.get(TERMS)
    found = {}
    for name, size in teacher.inputs().items():
        part = learned.parts.get(name)
        own = part or Encoded(np.zeros((n, size), np.float32), np.zeros(n, np.bool_))
        asked = words if name == "text" else Encoded(np.zeros((q, size), np.float32), np.zeros(q, np.bool_))
        if name == TERMS and encoder is not None:
            own = encoder.encode(learned.terms)
            asked = encoder.encode([tuple(data.terms(text, language)) for text, language in texts])
        found[name] = Encoded(
            np.concatenate([own.vectors, asked.vectors]), np.concatenate([own.present, asked.present])
        )
    return found
