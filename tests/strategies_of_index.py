"""Random catalogues, filters and queries."""

import numpy as np
from hypothesis import strategies as st

from wares.protocols import IndexEntry, IndexQuery, Reach, Schema, Space, TextField, VariantEntry
from wares.types import AllOf, AnyOf, Between, Near, Not, OneOf, Place, Says

SCHEMA = Schema(
    fields=(TextField("title", 3.0, 0.5), TextField("text", 0.5, 0.75)),
    spaces=(Space("text", 3), Space("image", 2)),
    hierarchies=("category",),
)
WORDS = ("red", "blue", "shoe", "wool", "裙", "鞋")
COLORS = ("red", "blue", "green")
PATHS = ("A", "A > B", "A > B > C", "A>D", "E > B")
SIZES = ("38", "40", "XL")

words = st.lists(st.sampled_from(WORDS), max_size=5).map(tuple)
numbers = st.integers(0, 6).map(float)
places = st.builds(Place, st.sampled_from((-90.0, 0.0, 48.2, 89.0)), st.sampled_from((-180.0, 16.4, 179.0)))


def vectors(dim: int, most: int):
    rows = st.lists(st.lists(st.integers(-2, 2), min_size=dim, max_size=dim).filter(any), max_size=most)
    return rows.map(lambda rows: _unit(np.array(rows, np.float32).reshape(len(rows), dim)))


def _unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def unit(dim: int):
    return st.lists(st.integers(-2, 2), min_size=dim, max_size=dim).filter(any).map(lambda v: _unit(np.array(v)))


columns = st.fixed_dictionaries(
    {},
    optional={
        "color": st.sampled_from(COLORS) | st.lists(st.sampled_from(COLORS), max_size=3).map(tuple),
        "category": st.lists(st.sampled_from(PATHS), max_size=2).map(tuple),
        "price": numbers,
        "size": st.sampled_from(SIZES) | st.sampled_from((38.0, 40.0)),
        "in_stock": st.booleans(),
        "shop": places,
    },
)


@st.composite
def entries(draw, id: str = ""):
    images = draw(vectors(2, 3))
    shown = st.lists(st.integers(0, max(len(images) - 1, 0)), max_size=2).map(tuple)
    id = id or f"p{draw(st.integers(0, 9))}"
    variants = tuple(
        VariantEntry(f"{id}-{v}", draw(columns), draw(words), {"image": draw(shown)} if len(images) else {})
        for v in range(draw(st.integers(1, 3)))
    )
    terms = {"title": draw(words), "text": draw(words)}
    return IndexEntry(id, variants, terms, draw(columns), {"text": draw(vectors(3, 2)), "image": images})


leaves = st.one_of(
    st.builds(OneOf, st.just("color"), st.lists(st.sampled_from(COLORS), min_size=1, max_size=2).map(tuple)),
    st.builds(OneOf, st.just("category"), st.lists(st.sampled_from(PATHS), min_size=1, max_size=2).map(tuple)),
    st.builds(OneOf, st.just("size"), st.lists(st.sampled_from(SIZES), min_size=1, max_size=2).map(tuple)),
    st.builds(OneOf, st.just("in_stock"), st.sampled_from((("true",), ("false",)))),
    st.builds(OneOf, st.just("nowhere"), st.just(("x",))),
    st.builds(Between, st.just("price"), st.none() | numbers, st.none() | numbers),
    st.builds(
        lambda place, km: Near("shop", place.latitude, place.longitude, km), places, st.sampled_from((0.5, 200.0, 9e3))
    ),
    st.builds(Says, st.lists(st.sampled_from((*WORDS, "unheard")), max_size=2).map(tuple)),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
FACETS = ("color", "category", "price", "size", "in_stock", "nowhere")
asked_words = st.sampled_from((*WORDS, "unheard"))
shares = st.sampled_from((0.25, 0.5, 1.0))
reaches = st.builds(
    Reach,
    coverage=st.sampled_from((0.0, 0.3, 0.7, 1.0, float("inf"))),
    weights=st.fixed_dictionaries({}, optional={"text": shares, "image": shares}),
    floor=st.sampled_from((-1.0, 0.0, 0.2, 0.6, float("inf"))),
    most=st.integers(0, 3),
    always=st.sampled_from((frozenset(), frozenset(("lifted",)))),
)
queries = st.builds(
    IndexQuery,
    terms=st.lists(asked_words, max_size=4).map(tuple),
    vectors=st.fixed_dictionaries({}, optional={"text": unit(3), "image": unit(2)}),
    filters=st.lists(filters, max_size=3).map(tuple),
    facets=st.just(FACETS),
    forms=st.dictionaries(asked_words, st.dictionaries(asked_words, shares, max_size=3), max_size=2),
    boosts=st.fixed_dictionaries({}, optional={"lifted": filters}),
    reach=st.none() | reaches,
)
changes = st.fixed_dictionaries(
    {}, optional={"price": st.none() | numbers, "color": st.none() | st.sampled_from(COLORS)}
)
writes = st.lists(
    st.one_of(
        st.lists(entries(), min_size=1, max_size=6).map(lambda each: ("upsert", each)),
        st.lists(st.integers(0, 9).map(lambda n: f"p{n}"), max_size=4).map(lambda ids: ("delete", ids)),
        st.tuples(
            st.dictionaries(st.integers(0, 9).map(lambda n: f"p{n}"), changes, max_size=3),
            st.dictionaries(st.integers(0, 9).map(lambda n: f"p{n}-0"), changes, max_size=3),
        ).map(lambda each: ("update", each)),
        st.just(("reopen", None)),
    ),
    min_size=1,
    max_size=6,
)
