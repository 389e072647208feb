"""Contract checks for authors of parts: each raises AssertionError with what is wrong and which contract it breaks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wares.protocols import (
    Analyzer,
    ColumnValue,
    Encoded,
    Encoder,
    Fusion,
    IndexEntry,
    IndexQuery,
    Matches,
    ProductIndex,
    Ranker,
    Reach,
    Schema,
    Space,
    TextField,
    VariantEntry,
)
from wares.types import AllOf, Between, BoolArray, Filter, FloatArray, Not, OneOf


def check_encoded(encoded: Encoded, n: int, dim: int) -> None:
    """Shapes, types and unit rows of what an encoder returned."""
    assert encoded.vectors.shape == (n, dim), f"vectors are {encoded.vectors.shape}, not {(n, dim)}"
    assert encoded.vectors.dtype == np.float32, f"vectors are {encoded.vectors.dtype}, not float32"
    assert encoded.present.shape == (n,), f"present is {encoded.present.shape}, not {(n,)}"
    assert encoded.present.dtype == np.bool_, f"present is {encoded.present.dtype}, not bool"
    norms = np.linalg.norm(encoded.vectors, axis=1)
    assert np.allclose(norms, encoded.present.astype(np.float32), atol=1e-4), "rows are not unit, or absent ones not 0"


def check_encoder(encoder: Encoder[Any], items: Sequence[Any], absent: Any = None) -> None:
    """Batch-size invariance, unit rows, repeatability and the query side.

    Parameters
    ----------
    items
        At least three different items of the encoder's modality.
    absent
        An item with nothing in it, such as ``""``; None where the modality has none.
    """
    assert len(items) >= 3, "give at least three items"
    together = encoder.encode(items)
    check_encoded(together, len(items), encoder.dim)
    assert together.present.all(), "an item that has content came out absent"
    alone = np.concatenate([encoder.encode([item]).vectors for item in items])
    assert np.allclose(together.vectors, alone, atol=1e-5), "the batch around an item changes its vector"
    backwards = encoder.encode(items[::-1]).vectors[::-1]
    assert np.allclose(together.vectors, backwards, atol=1e-5), "the order of a batch changes the vectors"
    check_encoded(encoder.encode([]), 0, encoder.dim)
    query = encoder.encode_query(items[0])
    assert query.shape == (encoder.dim,), f"a query is {query.shape}, not {(encoder.dim,)}"
    assert abs(float(np.linalg.norm(query)) - 1) < 1e-4, "a query is not a unit vector"
    assert encoder.fingerprint, "no fingerprint"
    assert encoder.space, "no space"
    if absent is not None:
        mixed = encoder.encode([items[0], absent])
        check_encoded(mixed, 2, encoder.dim)
        assert list(mixed.present) == [True, False], "an item with nothing in it must be absent"


def check_analyzer(analyzer: Analyzer, texts: Sequence[str]) -> None:
    """Terms are non-empty, repeatable, the same whatever the case of Latin letters, and those of the tokens."""
    assert analyzer.fingerprint, "no fingerprint"
    assert analyzer.terms("") == [], "an empty text has terms"
    for text in texts:
        terms = analyzer.terms(text)
        assert terms == analyzer.terms(text), f"{text!r} gives different terms the second time"
        assert all(isinstance(term, str) and term.strip() for term in terms), f"{text!r} gives an empty term"
        if text.isascii():
            assert terms == analyzer.terms(text.upper()), f"{text!r} in capitals gives other terms"
        tokens = analyzer.tokens(text)
        assert [term for token in tokens for term in token.terms] == terms, f"the tokens of {text!r} have other terms"
        places = [place for token in tokens for place in (token.start, token.end)]
        assert places == sorted(places), f"the tokens of {text!r} are not in order, or overlap"
        assert not places or (places[0] >= 0 and places[-1] <= len(text)), f"a token is not inside {text!r}"


def check_fusion(fusion: Fusion, parts: dict[str, Encoded], groups: Sequence[str], folder: Path) -> None:
    """Unit rows, weights that sum to 1, missing modalities, queries of any subset, and a save that loads the same.

    Parameters
    ----------
    parts
        For n products, one Encoded for each of the fusion's modalities, some rows of each absent.
    """
    fitted = fusion.fit(parts, groups)
    n = len(groups)
    vectors, weights = fitted.fuse(parts)
    present = np.stack([parts[name].present for name in fitted.modalities], axis=1)
    some = np.asarray(present.any(axis=1), np.bool_)
    check_encoded(Encoded(vectors, some), n, fitted.dim)
    assert weights.shape == present.shape, f"weights are {weights.shape}, not {present.shape}"
    assert np.allclose(weights.sum(axis=1), some, atol=1e-5), "weights do not sum to 1 over what is present"
    assert (weights[~present] == 0).all(), "an absent modality has a weight"
    for name in fitted.modalities:
        row = parts[name].vectors[int(np.argmax(parts[name].present))]
        query = fitted.query({name: row})
        assert query.shape == (fitted.dim,), f"a query of {name} is {query.shape}"
        assert abs(float(np.linalg.norm(query)) - 1) < 1e-4, f"a query of {name} is not a unit vector"
    fitted.save(folder)
    again = type(fitted).load(folder)
    assert np.array_equal(again.fuse(parts)[0], vectors), "a loaded fusion gives other vectors"
    assert again.fingerprint == fitted.fingerprint, "a loaded fusion has another fingerprint"


def check_ranker(ranker: Ranker, names: Sequence[str], seed: int = 0) -> None:
    """Contributions are finite, row by row independent, and named; unknown features are survived."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(20, len(names)))
    features[generator.random(features.shape) < 0.3] = np.nan
    contributions = ranker.contributions(features, names)
    assert contributions.shape == (20, len(ranker.contribution_names)), f"contributions are {contributions.shape}"
    assert np.isfinite(contributions).all(), "a contribution is not finite"
    alone = np.concatenate([ranker.contributions(features[i : i + 1], names) for i in range(20)])
    assert np.allclose(contributions, alone), "the candidates around a row change its contributions"


SCHEMA = Schema(
    fields=(TextField("title", 3.0), TextField("text", 1.0)),
    spaces=(Space("text", 4), Space("image", 3)),
    hierarchies=("category",),
)


def small_catalogue(seed: int = 0, n: int = 40) -> list[IndexEntry]:
    """Random products with variants, words, columns and vectors (some missing), for contract checks."""
    generator = np.random.default_rng(seed)
    vocabulary = ["red", "blue", "shoe", "dress", "wool", "cotton", "run", "裙", "鞋", "杯"]
    categories = ["Women > Tops", "Women > Shoes", "Men > Shoes", "Home > Kitchen"]

    def words(low: int, high: int) -> tuple[str, ...]:
        return tuple(generator.choice(vocabulary, int(generator.integers(low, high))).tolist())

    def vectors(dim: int, most: int) -> FloatArray:
        rows = generator.normal(size=(int(generator.integers(0, most + 1)), dim)).astype(np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    entries = []
    for number in range(n):
        image = vectors(3, 3)
        variants = tuple(
            VariantEntry(
                id=f"p{number}-{v}",
                columns={
                    "price": float(generator.integers(100, 10_000)),
                    "color": str(generator.choice(["red", "blue", "green"])),
                    "in_stock": bool(generator.random() < 0.7),
                },
                terms=words(0, 2),
                rows={"image": (int(generator.integers(len(image))),)} if len(image) else {},
            )
            for v in range(int(generator.integers(1, 4)))
        )
        columns: dict[str, ColumnValue] = {
            "category": (str(generator.choice(categories)),),
            "rating": float(generator.integers(1, 6)),
        }
        if generator.random() < 0.3:
            del columns["rating"]
        terms = {"title": words(1, 4), "text": words(0, 8)}
        entries.append(IndexEntry(f"p{number}", variants, terms, columns, {"text": vectors(4, 2), "image": image}))
    return entries


def check_index(make: Callable[[Schema], ProductIndex], reference: Callable[[Schema], ProductIndex]) -> None:
    """An index agrees with the reference on scores, filters, facets and variants, through writes and deletes."""
    index, oracle = make(SCHEMA), reference(SCHEMA)
    entries = small_catalogue()
    for each in (index, oracle):
        each.upsert(entries)
        each.upsert(small_catalogue(seed=1, n=10))
        assert each.delete(["p3", "p4", "nowhere"]) == 2, "delete must count what was there"
    agree(index, oracle)


def agree(index: ProductIndex, oracle: ProductIndex) -> None:
    """Both hold the same products and answer the same queries in the same way."""
    assert sorted(index.scroll()) == sorted(oracle.scroll()), "not the same products"
    vectors = {
        "text": np.array([0.5, 0.5, 0.5, 0.5], np.float32),
        "image": np.array([0.6, 0.8, 0.0], np.float32),
    }
    filters: tuple[tuple[Filter, ...], ...] = (
        (),
        (OneOf("color", ("red",)),),
        (OneOf("color", ("red", "blue")), Between("price", 500, 6000)),
        (OneOf("category", ("Women",)), Not(OneOf("in_stock", ("true",)))),
        (AllOf((OneOf("color", ("green",)), Between("rating", 3, None))),),
    )
    for terms in ((), ("red", "shoe"), ("裙",), ("nothing",)):
        for chosen in filters:
            agree_on(index, oracle, IndexQuery(terms, vectors, chosen, ("color", "category", "price")))


def agree_on(index: ProductIndex, oracle: ProductIndex, query: IndexQuery) -> None:
    """Both answer one query in the same way; scores to 1e-4, because an index may keep vectors in 16 bits.

    Of rows that are out of the query's reach an index may leave out any.
    """
    found, expected = index.search(query), oracle.search(query)
    own, ids = index.ids(found.rows), oracle.ids(expected.rows)
    assert found.routes == expected.routes, f"not the same routes for {query}"
    assert np.isclose(found.ceiling, expected.ceiling, equal_nan=True), f"not the same ceiling for {query}"
    if query.reach is None:
        assert own == ids, f"not the same rows for {query}: {own} != {ids}"
    elif missed := {ids[place] for place in np.flatnonzero(_in_reach(expected, query.reach))} - {*own}:
        raise AssertionError(f"{missed} are in reach for {query}")
    assert {*own} <= {*ids}, f"rows that do not pass for {query}"
    assert [*own] == [id for id in ids if id in {*own}], f"not the order of rows for {query}"
    kept = np.isin(np.array(ids, dtype=object), np.array(own, dtype=object)) if ids else np.zeros(0, np.bool_)
    assert np.allclose(found.scores, expected.scores[kept], atol=1e-4, equal_nan=True), (
        f"not the same scores for {query}: {found.scores} != {expected.scores[kept]}"
    )
    for space in index.schema.spaces:
        means, theirs = index.vectors(found.rows, space.name), oracle.vectors(expected.rows[kept], space.name)
        known = np.linalg.norm(theirs, axis=1) > 0.5  # opposite rows have no direction
        assert np.allclose(means[known], theirs[known], atol=1e-3), f"not the same vectors of {space.name}"
    answers = _answers(index, found, np.ones(len(own), np.bool_))
    wanted = _answers(oracle, expected, np.asarray(kept, np.bool_))
    for part in wanted:
        assert answers[part] == wanted[part], f"not the same {part} for {query}: {answers[part]} != {wanted[part]}"


def _in_reach(matches: Matches, reach: Reach) -> BoolArray:
    """(n,) rows that may not be left out, those at an edge excepted."""
    columns = dict(zip(matches.routes, matches.scores.T, strict=True))
    near = np.zeros(len(matches.rows), np.bool_)
    if "coverage" in columns:
        near |= np.nan_to_num(columns["coverage"]) > reach.coverage + 1e-9
    for name in reach.always & columns.keys():
        near |= columns[name] == 1
    asked = [(weight, columns[name]) for name, weight in reach.weights.items() if name in columns]
    sums = sum((weight * np.nan_to_num(column) for weight, column in asked), np.zeros(len(near)))
    near |= sums > reach.floor + 1e-4
    passing = np.sort(sums[matches.passing])[::-1]
    if reach.most and len(passing):
        near |= matches.passing & (sums > passing[min(reach.most, len(passing)) - 1] + 1e-4)
    return near


def _answers(index: ProductIndex, matches: Matches, kept: BoolArray) -> dict[str, Any]:
    """What an index says of the matches that are kept."""
    rows = matches.rows[kept]
    ids = index.ids(rows)
    chosen = zip(ids, index.variants(matches, rows), matches.passing[kept].tolist(), strict=True)
    facets = index.facet(matches, kept, matches.query.facets)
    if matches.query.terms:
        words = [sum(each.values()) or np.nan for each in index.explain(matches, rows)]
        own = matches.scores[kept, matches.routes.index("words")]
        assert np.allclose(words, own, equal_nan=True), "the ledger of the words does not sum to their score"
    return {
        "passing": matches.passing[kept].tolist(),
        "variants": {id: variant for id, variant, passing in chosen if passing},
        "facets": {
            name: (
                [(each.value, each.count) for each in facet.values],
                repr(facet.low),
                repr(facet.high),
                facet.buckets,
            )
            for name, facet in facets.items()
        },
        "values": [repr(index.values(rows, column).tolist()) for column in ("rating", "price", "in_stock")],
    }
