"""Contrastive losses over a matrix of relevance, weights between losses, and a report of gradients that conflict.

A batch is scored as logits (n, m): n queries (or photos) against m products. Which of them belong together says a
matrix of relevance (n, m): grades count in proportion, several products of a row may be right (the same product twice,
near-duplicates), and what nobody knows is masked out. torch loads with this module: import it where training begins.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wares.errors import TrainingError
from wares.types import ScoreArray

REVERSE_LOG_ZERO = -4.0  # what log 0 counts as in the reverse cross-entropy, as in its paper
LIMIT = 5.0  # of log variances: without it a loss of 0 would be weighted without end


@dataclass(frozen=True, slots=True)
class Noise:
    """How far labels are distrusted; all 0 = trusted.

    Attributes
    ----------
    smoothing
        Share of the target that is spread over all known columns, 0 to 1 (Szegedy et al., Rethinking the Inception
        architecture, CVPR 2016).
    q
        Generalised cross-entropy (1 − pᵠ) / q, 0 to 1: 0 is the logarithm, 1 the absolute error (Zhang and Sabuncu,
        Generalized cross entropy loss for training deep neural networks with noisy labels, NeurIPS 2018).
    reverse
        Weight of the reverse cross-entropy that is added (Wang et al., Symmetric cross entropy for robust learning
        with noisy labels, ICCV 2019).
    """

    smoothing: float = 0.0
    q: float = 0.0
    reverse: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.smoothing < 1 and 0 <= self.q <= 1 and 0 <= self.reverse < math.inf):
            raise TrainingError(
                f"{self} is out of range", fix="smoothing from 0 to below 1, q from 0 to 1, reverse from 0"
            )


TRUSTED = Noise()


class Temperature(nn.Module):  # type: ignore[misc, unused-ignore]
    """A learned scale, and a bias where the loss wants one: (n, d) and (m, d) unit rows → (n, m) logits.

    The scale is learned as its logarithm and held between 1 and ``highest`` (Radford et al., Learning transferable
    visual models from natural language supervision, ICML 2021).

    Parameters
    ----------
    scale
        At the start: 1 / .07 for InfoNCE, 10 for the sigmoid loss.
    bias
        At the start; None = no bias. −10 for the sigmoid loss.
    """

    def __init__(self, scale: float = 1 / 0.07, bias: float | None = None, highest: float = 100.0) -> None:
        super().__init__()
        self.highest = math.log(highest)
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.bias = None if bias is None else nn.Parameter(torch.tensor(bias))

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """(n, m) logits."""
        # the parameter itself is held, not what is made of it: a clamp in the graph would stop its gradient for good
        self.log_scale.data.clamp_(0.0, self.highest)
        logits = self.log_scale.exp() * (left @ right.T)
        return logits if self.bias is None else logits + self.bias


def same(left: Tensor, right: Tensor) -> Tensor:
    """(n, m) relevance 1 where two keys, (n,) and (m,) whole numbers, are of one product, else 0."""
    return (left[:, None] == right[None, :]).float()


def info_nce(logits: Tensor, relevance: Tensor, known: Tensor | None = None, noise: Noise = TRUSTED) -> Tensor:
    """Symmetric InfoNCE with graded targets and any number of positives: the mean over rows and over columns.

    Each row is the divergence KL(t ‖ p) of its softmax p from its relevance t, normalised to sum 1. For one positive
    that is InfoNCE (van den Oord et al., Representation learning with contrastive predictive coding, 2018), for several
    the gradient of SupCon's outer sum (Khosla et al., Supervised contrastive learning, NeurIPS 2020). Less the entropy
    of t, so that 0 is perfect, and another copy of the right product, marked as right, cannot make its row worse.

    Parameters
    ----------
    logits : (n, m)
        Scaled similarities.
    relevance : (n, m)
        From 0; a row and its multiples mean the same.
    known : (n, m)
        False = nobody knows: neither right nor wrong. None = all known.
    noise
        With several positives p of the robust forms is exp(−KL), which for one is its probability.

    Returns
    -------
    Scalar, float32. Rows and columns without a known positive count for nothing.

    Raises
    ------
    TrainingError
        Shapes that differ, a logit that is not finite, relevance below 0 or NaN where it is known.
    """
    mask, relevance = _checked(logits, relevance, known)
    logits = logits.float()
    rows = _one_sided(logits, relevance, mask, noise)
    return (rows + _one_sided(logits.T, relevance.T, mask.T, noise)) / 2


def sigmoid(logits: Tensor, relevance: Tensor, known: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
    """Each pair by itself, right or wrong: summed over columns, the mean over rows that have anything known.

    Source: Zhai et al., Sigmoid loss for language image pre-training, ICCV 2023; a grade between 0 and 1 is the
    probability of being right. ``smoothing`` moves every target by that share towards 1/2.

    Raises
    ------
    TrainingError
        As :func:`info_nce`, and for relevance above 1.
    """
    mask, relevance = _checked(logits, relevance, known)
    if bool((relevance > 1).any()):
        raise TrainingError("relevance is above 1", fix="divide the grades by the highest there is")
    wanted = relevance * (1 - smoothing) + smoothing / 2
    pairs = functional.binary_cross_entropy_with_logits(logits.float(), wanted, reduction="none") * mask
    return pairs.sum() / mask.any(dim=1).sum().clamp(min=1)


def _checked(logits: Tensor, relevance: Tensor, known: Tensor | None) -> tuple[Tensor, Tensor]:
    """The mask, and relevance with 0 where nothing is known."""
    mask = torch.ones_like(relevance, dtype=torch.bool) if known is None else known.bool()
    if not logits.shape == relevance.shape == mask.shape or logits.ndim != 2:
        raise TrainingError(
            f"logits {tuple(logits.shape)}, relevance {tuple(relevance.shape)} and known {tuple(mask.shape)} differ",
            fix="give one entry for each query and product of the batch",
        )
    if not bool(torch.isfinite(logits).all()):
        raise TrainingError("a logit is NaN or Inf", fix="see the features for NaN, or lower the learning rate")
    relevance = torch.where(mask, relevance.float(), 0.0)
    if not bool(((relevance >= 0) & torch.isfinite(relevance)).all()):
        raise TrainingError("relevance is NaN or below 0", fix="give grades from 0 on, and mask what is unknown")
    return mask, relevance


def _one_sided(logits: Tensor, relevance: Tensor, mask: Tensor, noise: Noise) -> Tensor:
    total = relevance.sum(dim=1, keepdim=True)
    counted = total[:, 0] > 0
    target = relevance / torch.where(total > 0, total, 1.0)
    # half the least number, not −Inf: a row that is masked as a whole would be NaN on the way
    log_p = functional.log_softmax(logits.masked_fill(~mask, torch.finfo(logits.dtype).min / 2), dim=1)
    right = (target > 0).float()
    if noise.smoothing:
        spread = mask / mask.sum(dim=1, keepdim=True).clamp(min=1)
        target = (1 - noise.smoothing) * target + noise.smoothing * spread
    asked = target > 0
    loss = torch.where(asked, target * (torch.where(asked, target, 1.0).log() - log_p), 0.0).sum(dim=1)
    if noise.q:
        loss = -torch.expm1(-noise.q * loss) / noise.q
    if noise.reverse:
        loss = loss - noise.reverse * REVERSE_LOG_ZERO * (1 - (log_p.exp() * right).sum(dim=1))
    return torch.where(counted, loss, 0.0).sum() / counted.sum().clamp(min=1)


class UncertaintyWeights(nn.Module):  # type: ignore[misc, unused-ignore]
    """Several losses as one, each weighted by what is learned of its noise: Σ exp(−s) · loss + s / 2, s = log σ².

    Source: Kendall, Gal and Cipolla, Multi-task learning using uncertainty to weigh losses, CVPR 2018, in the form for
    likelihoods of classes. A task that a batch does not have is left out of the mapping, and counts for nothing.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        self.log_variance = nn.Parameter(torch.zeros(len(self.names)))

    def forward(self, losses: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum, a scalar; TrainingError for none, or a name that was not given at the start."""
        return torch.stack(self.parts(losses)).sum()

    def parts(self, losses: Mapping[str, Tensor]) -> list[Tensor]:
        """What is added up."""
        if not losses or set(losses) - set(self.names):
            raise TrainingError(f"losses {sorted(losses)} of {list(self.names)}", fix="name at least one, of these")
        self.log_variance.data.clamp_(-LIMIT, LIMIT)
        at = [self.names.index(name) for name in losses]
        variance = self.log_variance[at]
        return list(torch.exp(-variance) * torch.stack(list(losses.values())) + variance / 2)

    def weights(self) -> dict[str, float]:
        """What each loss is multiplied by now."""
        return dict(zip(self.names, torch.exp(-self.log_variance.detach()).tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Conflicts:
    """How the gradients of t tasks stand to each other on the parameters they share.

    Attributes
    ----------
    names
        Of the tasks.
    cosine : (t, t)
        Below 0 two tasks conflict: a step for the one is a step against the other. NaN for a gradient of zeros.
    norms : (t,)
        Lengths of the gradients.
    """

    names: tuple[str, ...]
    cosine: ScoreArray
    norms: ScoreArray

    @property
    def pairs(self) -> list[tuple[str, str, float]]:
        """The pairs that conflict, the worst first."""
        found = [
            (self.names[i], self.names[j], float(self.cosine[i, j]))
            for i in range(len(self.names))
            for j in range(i)
            if self.cosine[i, j] < 0
        ]
        return sorted(found, key=lambda pair: pair[2])


def conflicts(losses: Mapping[str, Tensor], shared: Sequence[Tensor]) -> Conflicts:
    """Cosines between the gradients of each loss on the shared parameters; the graph is kept, and ``.grad`` untouched.

    Source: Yu et al., Gradient surgery for multi-task learning, NeurIPS 2020.
    """
    if not losses or not shared:
        raise TrainingError("there are no losses or no shared parameters", fix="give at least one of each")
    every = np.stack([each.double().cpu().numpy() for each in _gradients(list(losses.values()), shared)])
    norms = np.linalg.norm(every, axis=1)
    units = every / np.where(norms > 0, norms, np.nan)[:, None]
    return Conflicts(tuple(losses), np.clip(units @ units.T, -1, 1), norms)


def surgery(losses: Sequence[Tensor], parameters: Sequence[Tensor], generator: np.random.Generator) -> None:
    """Set ``.grad`` to the sum of the losses' gradients, each without what goes against another one.

    Of a gradient gᵢ that conflicts with gⱼ (gᵢ·gⱼ < 0) the part along gⱼ is taken off, for all others in an order that
    is drawn.

    Source: PCGrad, Yu et al., Gradient surgery for multi-task learning, NeurIPS 2020.
    """
    every = _gradients(losses, parameters)
    whole = torch.zeros_like(every[0])
    for place, own in enumerate(every):
        mended = own.clone()
        for other in generator.permutation(len(every)).tolist():
            against = mended @ every[other]
            if other != place and against < 0:
                mended -= against / (every[other] @ every[other]) * every[other]
        whole += mended
    start = 0
    for parameter in parameters:
        end = start + parameter.numel()
        parameter.grad, start = whole[start:end].view_as(parameter).clone(), end


def _gradients(losses: Sequence[Tensor], parameters: Sequence[Tensor]) -> list[Tensor]:
    """Of each loss on all parameters, as one vector; the graph is kept, and ``.grad`` untouched."""
    found = []
    for loss in losses:
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        parts = zip(gradients, parameters, strict=True)
        found.append(torch.cat([(torch.zeros_like(own) if part is None else part).flatten() for part, own in parts]))
    return found
