"""What each modality is worth to a space: the same queries, of products without it."""

from collections.abc import Mapping
from dataclasses import replace

from wares.encode.learned import TERMS
from wares.learn.catalogue import Catalogue
from wares.learn.data import Data
from wares.protocols import Fusion


def without_each(fusion: Fusion, products: Catalogue, data: Data) -> dict[str, Mapping[str, float]]:
    """Modality → figure → nDCG@10 of products that it is left out of; a figure that nothing is left of is not there.

    Nothing is learned again: it is what a fusion makes of products that lack it, as they may in a shop.
    """
    found: dict[str, Mapping[str, float]] = {}
    for name in fusion.modalities:
        if name == TERMS:
            fewer = replace(products, terms=((),) * len(products))
        elif name in products.parts:
            fewer = replace(products, parts={each: part for each, part in products.parts.items() if each != name})
        else:
            continue
        found[name] = data.trial(fusion, fewer).means
    return found
