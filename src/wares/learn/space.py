"""From a catalogue to a model: learn on most of it, choose how much the learned half counts, and say what it is worth.

torch loads with this module.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import wares
from wares.encode.joint import JointFusion
from wares.encode.learned import BEHAVIOUR, LearnedSpace, write_model
from wares.encode.memory import give_back
from wares.learn.behaviour import lookup
from wares.learn.catalogue import Catalogue
from wares.learn.checkpoint import Checkpoint
from wares.learn.data import Data
from wares.learn.joint import Learned, Onlookers, Watch, learn, prefixed
from wares.learn.objective import Settings
from wares.learn.towers import Towers
from wares.learn.tracking import Tracking
from wares.learn.trial import MARGIN, Trial, Verdict, parts_for, verdict
from wares.learn.watching import Alone, Watched
from wares.protocols import Fusion
from wares.types import FloatArray, Progress, silent

ASIDE = "trying"
SHOWN = 1000  # products that those who follow a run are shown
# Of the learned half in a cosine. Day 0 always keeps three tenths: among the few products that a share is chosen on it
# is hardly missed, and among all of them it is (docs/log.md).
SHARES = (0.0, 0.3, 0.5, 0.7)


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
    start: LearnedSpace | None = None,
    progress: Progress = silent,
    watch: Watch | None = None,
    track: Sequence[str] = (),
) -> Made:
    """Learn a model into a folder; one that was cut short there goes on.

    Parameters
    ----------
    start
        A model to go on from.
    track
        Where it is followed, as :func:`wares.learn.tracking.chosen` gives it.

    Raises
    ------
    TrainingError
        There is nothing to learn from.
    """
    settings = settings or Settings()
    data.catalogue.check()
    sha256 = data.catalogue.fingerprint()
    origin = {} if start is None else {"from": start.card.get("name", ""), "from sha256": start.sha256}
    about = {
        **origin,
        "sha256": sha256,
        "products": len(data.catalogue),
        "version": wares.__version__,
        **asdict(settings),
    }
    with Tracking(track, folder, about) as tracking:
        checkpoint = Checkpoint(folder, f"{sha256}/{settings}/{origin}/{wares.__version__}")
        made = _made(data, folder, (settings, start), checkpoint, progress, _both(watch, tracking))
        if tracking.followed:
            step = len(made.card["history"])
            tracking.scalars(step, _worth(made))
            tracking.rows(step, *_shown(made, data))
    return made


def _made(
    data: Data, folder: Path, how: tuple[Settings, LearnedSpace | None], checkpoint: Checkpoint,
    progress: Progress, watch: Watch,
) -> Made:  # fmt: skip
    settings, start = how
    learned, chosen, looked = data.parts()
    began = time.perf_counter()
    found = learn(
        learned, data.encode, data.terms, settings,
        start=start, progress=progress, onlookers=Onlookers(watch, Watched(data, chosen)), checkpoint=checkpoint,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    found.let_go()
    give_back()
    base = data.fitted(learned)
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / ASIDE  # a folder with a card is a model that is finished
    share = best_share(found, base, chosen, data, aside)
    card = _card(data, found, share, seconds, folder.name) | ({} if start is None else {"from": start.card["name"]})
    write_model(aside, found.arrays(), card)
    before = data.trial(base, looked)
    after = data.trial(JointFusion(base, aside, data.base_name), looked)
    shutil.rmtree(aside)
    judged = verdict(after, before, MARGIN, settings.seed)
    measured = {"day 0": before.means, "learned": after.means, "queries": {k: len(v) for k, v in after.values.items()}}
    arrays = found.arrays()
    if BEHAVIOUR in found.towers.modalities:  # what is served are all products, not those alone that it learned from
        arrays |= lookup(data.catalogue.ids, data.catalogue.parts[BEHAVIOUR])
    card = write_model(folder, arrays, card | {"metrics": measured})
    checkpoint.clear()
    return Made(folder, card, before, after, judged)


def _both(watch: Watch | None, tracking: Tracking) -> Watch:
    """Those who watch, and those who follow."""

    def told(epoch: int, towers: Towers, values: Mapping[str, float]) -> None:
        tracking.scalars(epoch, values)
        if watch is not None:
            watch(epoch, towers, values)

    return told


def _worth(made: Made) -> dict[str, float]:
    """What the gate will look at, by name."""
    before, after = made.before.means, made.after.means
    found = prefixed("gate/day 0/", before) | prefixed("gate/learned/", after)
    found |= prefixed("gate/difference/", {name: each.difference for name, each in made.verdict.figures.items()})
    if made.verdict.overall is not None:
        found["gate/overall"] = made.verdict.overall.difference
    return found | {"share": made.card["share"], "seconds": made.card["seconds"]}


def _shown(made: Made, data: Data) -> tuple[FloatArray, list[str]]:
    """(n, D) some products by the learned half, and their titles."""
    chosen = np.sort(np.random.default_rng(0).permutation(len(data.catalogue))[:SHOWN])
    catalogue, titles = data.catalogue[chosen], data.catalogue.titles()
    space = Alone(LearnedSpace.read(made.folder))
    rows = space.fuse(parts_for(space, catalogue.parts, catalogue.terms))[0]
    return rows, [titles.get(int(row), data.catalogue.ids[row]) for row in chosen]


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
