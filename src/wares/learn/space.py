"""From a catalogue to a model: learn on most of it, choose how much the learned half counts, and say what it is worth.

torch loads with this module.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import wares
from wares.encode.joint import JointFusion
from wares.encode.learned import TERMS, LearnedSpace, write_model
from wares.encode.memory import give_back
from wares.learn.catalogue import Catalogue
from wares.learn.checkpoint import Checkpoint
from wares.learn.data import Data
from wares.learn.joint import Learned, Settings, learn
from wares.learn.towers import Towers
from wares.learn.trial import MARGIN, Trial, Verdict, verdict
from wares.protocols import Encoded, Fusion
from wares.types import Progress, silent

ASIDE = "trying"
SHARES = (0.0, 0.3, 0.5, 0.7, 1.0)  # of the learned half in a cosine


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A model on the disk.

    Attributes
    ----------
    card
        What is known of it.
    before, after
        Day 0, and the model, on products that neither saw.
    """

    folder: Path
    card: Mapping[str, Any]
    before: Trial
    after: Trial
    verdict: Verdict


def make(
    data: Data,
    folder: Path,
    settings: Settings | None = None,
    *,
    progress: Progress = silent,
    watch: Callable[[int, Towers, Mapping[str, float]], None] | None = None,
) -> Made:
    """Learn a model into a folder; one that was cut short there goes on.

    Raises
    ------
    TrainingError
        There is nothing to learn from.
    """
    settings = settings or Settings()
    data.catalogue.check()
    learned, chosen, looked = data.parts()
    identity = f"{data.catalogue.fingerprint()}/{settings}/{wares.__version__}"
    checkpoint = Checkpoint(folder, identity)
    start = time.perf_counter()
    found = learn(learned, data.encode, data.terms, settings, progress=progress, watch=watch, checkpoint=checkpoint)
    seconds = time.perf_counter() - start
    found.let_go()
    give_back()
    base = data.fitted(learned)
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / ASIDE  # a folder with a card is a model that is finished
    share = best_share(found, base, chosen, data, aside)
    card = _card(data, found, share, seconds, folder.name)
    write_model(aside, found.arrays(), card)
    before = data.trial(base, looked)
    after = data.trial(JointFusion(base, aside, data.base_name), looked)
    shutil.rmtree(aside)
    judged = verdict(after, before, MARGIN, settings.seed)
    measured = {"day 0": before.means, "learned": after.means, "queries": {k: len(v) for k, v in after.values.items()}}
    card = write_model(folder, found.arrays(), card | {"metrics": measured})
    checkpoint.clear()
    return Made(folder, card, before, after, judged)


def taught_on(data: Data, teacher: LearnedSpace) -> dict[str, Encoded]:
    """Rows of each modality for a student: products that were learned from, and the queries that ask for them."""
    learned = data.parts()[0]
    texts = [(text, each.language) for each in learned.asked for text in each.texts]
    n, q = len(learned), len(texts)
    words = data.encode([text for text, _ in texts])
    encoder = teacher.terms
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


def best_share(found: Learned, base: Fusion, chosen: Catalogue, data: Data, folder: Path) -> float:
    """How much the learned half counts: the share whose worst figure is nearest to the best that any share has of it.

    A mean would give what day 0 does well (titles and their photos) away for what it does badly (attributes).
    ``folder`` is written to.
    """
    arrays, card = found.arrays(), found.card()
    worth = {}
    for share in SHARES:
        write_model(folder, arrays, card | {"share": share})
        worth[share] = data.trial(JointFusion(base, folder, data.base_name), chosen).means
    best = {name: max(1e-9, *(means[name] for means in worth.values())) for name in worth[SHARES[0]]}
    return max(worth, key=lambda share: min((worth[share][name] / best[name] for name in best), default=0.0))


def _card(data: Data, found: Learned, share: float, seconds: float, name: str) -> dict[str, Any]:
    catalogue = data.catalogue
    return found.card() | {
        "name": name,
        "share": share,
        "version": wares.__version__,
        "seconds": round(seconds, 1),
        "encoders": dict(data.encoders),
        "data": {
            "sha256": catalogue.fingerprint(),
            "products": len(catalogue),
            "with": {name: int(part.present.sum()) for name, part in catalogue.parts.items()},
            "labels": {name: label.size for name, label in catalogue.labels.items()},
            "queries": {f"{each.kind} {each.language}".strip(): len(each.texts) for each in catalogue.asked},
        },
        "use": "finding, ordering and comparing the products of the shop it was learned from",
        "limits": "words and looks that the shop's own products do not have are known no better than on day 0",
    }
