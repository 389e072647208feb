"""What each task should count for, what it brings, and which tasks pull in different directions. torch loads with this.

Weights are compared as shipped, as learned from how noisy each loss is, as shipped with gradients that are mended where
they conflict, and as searched for. Each is learned shorter than a model that is published, and judged on products that
nobody learned from or looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from wares.encode.joint import JointFusion
from wares.encode.learned import write_model
from wares.learn.catalogue import Catalogue
from wares.learn.data import Data
from wares.learn.joint import Learned, learn, made
from wares.learn.losses import Conflicts, conflicts
from wares.learn.objective import Objective, Settings
from wares.types import Progress, silent

SHARE = 0.5  # of the learned half, while weights are compared
RANGE = (0.03, 3.0)  # that a weight is searched in
BATCHES = 4  # that conflicts are measured on


@dataclass(frozen=True, slots=True)
class Compared:
    """What ways of weighing tasks are worth.

    Attributes
    ----------
    worth
        Way → mean of the figures on the products that settings are chosen on.
    weights
        Way → what each task counts for.
    without
        Task → the mean without it, the others as shipped.
    conflicts
        Between the gradients of the tasks, after learning as shipped.
    """

    worth: Mapping[str, float]
    weights: Mapping[str, Mapping[str, float]]
    without: Mapping[str, float]
    conflicts: Conflicts

    @property
    def best(self) -> str:
        """The way that is worth most; as shipped where others are no better."""
        return max(self.worth, key=lambda way: (self.worth[way], way == "shipped"))


def compare(data: Data, settings: Settings, trials: int = 8, *, progress: Progress = silent) -> Compared:
    """Weigh tasks in four ways, leave each of them out, and look at their gradients.

    Parameters
    ----------
    settings
        Of each of the short learnings.
    trials
        Of the search (Akiba et al., Optuna, KDD 2019; tree-structured Parzen estimators).
    """
    catalogue, chosen, _ = data.parts()
    tasks = sorted(_present(catalogue, data, settings))
    total = 3 + trials + len(tasks)
    done = 0

    def worth_of(how: Settings) -> tuple[float, Learned]:
        nonlocal done
        found = learn(catalogue, data.encode, data.terms, how)
        done += 1
        progress("weigh tasks", done, total)
        return _worth(found, data, chosen), found

    shipped = dict(settings.weights)
    worth: dict[str, float] = {}
    weights: dict[str, Mapping[str, float]] = {"shipped": shipped}
    worth["shipped"], first = worth_of(settings)
    worth["uncertainty"], learned = worth_of(replace(settings, uncertainty=True))
    weights["uncertainty"] = learned.objective.weights
    worth["surgery"], weights["surgery"] = worth_of(replace(settings, surgery=True))[0], shipped
    if trials:
        weights["searched"], worth["searched"] = _searched(
            lambda given: worth_of(replace(settings, weights=given))[0], shipped, tasks, trials, settings.seed
        )
    without = {task: worth_of(replace(settings, weights={**shipped, task: 0.0}))[0] for task in tasks if len(tasks) > 1}
    return Compared(worth, weights, without, _conflicts(first.objective))


def _searched(
    ask: Callable[[Mapping[str, float]], float], shipped: Mapping[str, float], tasks: list[str], trials: int, seed: int
) -> tuple[dict[str, float], float]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))

    def given(values: Mapping[str, float]) -> dict[str, float]:
        return {**shipped, **values}

    def worth(one: "optuna.Trial") -> float:
        return ask(given({task: one.suggest_float(task, *RANGE, log=True) for task in tasks}))

    study.optimize(worth, n_trials=trials)
    return given(study.best_params), float(study.best_value)


def _worth(found: Learned, data: Data, chosen: Catalogue) -> float:
    """The mean of the figures, beside day 0."""
    with TemporaryDirectory(prefix="wares-learn-") as scratch:
        folder = Path(scratch) / "trial-0001"
        write_model(folder, found.arrays(), found.card() | {"share": SHARE, "name": folder.name})
        learned = data.parts()[0]
        return data.trial(JointFusion(data.fitted(learned), folder, data.base_name), chosen).mean


def _present(catalogue: Catalogue, data: Data, settings: Settings) -> set[str]:
    """The tasks that this catalogue has something for."""
    objective = Objective(catalogue, made(catalogue, data.terms, settings), data.encode, data.terms, settings)
    rows = np.arange(min(len(catalogue), settings.batch))
    return set(objective(rows, np.random.default_rng(settings.seed)))


def _conflicts(objective: Objective) -> Conflicts:
    """Mean cosines over some batches, as the tasks stand after learning."""
    settings, n = objective.settings, len(objective.catalogue)
    shared = [each for each in objective.towers.parameters() if each.requires_grad]
    generator = np.random.default_rng(settings.seed)
    every = []
    for _ in range(BATCHES):
        rows = np.sort(generator.permutation(n)[: settings.batch])
        losses = {name: loss for name, loss in objective(rows, generator).items() if loss.requires_grad}
        every.append(conflicts(losses, shared))
    names = every[0].names
    alike = [each for each in every if each.names == names]
    cosine = np.mean([each.cosine for each in alike], axis=0)
    return Conflicts(names, cosine, np.mean([each.norms for each in alike], axis=0))
