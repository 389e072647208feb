"""A segment ↔ the array files of a snapshot."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.arrayfiles import Arrays
from wares.index.codes import Codes
from wares.index.columns import Cells
from wares.index.labels import Labels
from wares.index.ragged import Ragged
from wares.index.segment import EMPTY, Names, Segment
from wares.index.strings import Strings
from wares.index.vectors import Vectors
from wares.index.vocabulary import Vocabulary
from wares.index.words import Postings
from wares.protocols import Schema, Space, TextField

Files = dict[str, dict[str, NDArray[Any]]]


def schema_facts(schema: Schema) -> dict[str, Any]:
    """A schema as JSON."""
    return {
        "fields": [[field.name, field.weight, field.b, field.length] for field in schema.fields],
        "spaces": [[space.name, space.dim] for space in schema.spaces],
        "hierarchies": list(schema.hierarchies),
    }


def schema_of(facts: Mapping[str, Any]) -> Schema:
    """A schema from its JSON."""
    return Schema(
        tuple(TextField(*field) for field in facts["fields"]),
        tuple(Space(*space) for space in facts["spaces"]),
        tuple(facts["hierarchies"]),
    )


def files_of(segment: Segment) -> Files:
    """All arrays of a segment and its vocabularies, by file."""
    names = segment.names
    products = _under("ids", segment.ids.arrays()) | _under("variants", segment.variant_ids.arrays())
    products["starts"] = segment.starts
    words = _under("terms", names.terms.strings().arrays(ordered=True))
    for field, part in enumerate(segment.tokens):
        words |= _ragged(f"tokens/{field}", part)
    postings = segment.postings
    words |= _ragged("postings/rows", postings.rows) | _ragged("variants", segment.variant_terms)
    words |= {"postings/terms": postings.terms, "postings/impacts": postings.impacts}
    columns = _under("keywords", names.keywords.strings().arrays())
    columns |= _under("names", Strings.of(segment.cells).arrays())
    for number, (name, levels) in enumerate(segment.cells.items()):
        for level, cells in zip("pv", levels, strict=True):
            if not len(cells.owners):
                continue
            own = {"owners": cells.owners, "kinds": cells.kinds, "numbers": cells.numbers, "easts": cells.easts}
            columns |= _under(f"{number}/{level}", own)
            columns |= _ragged(f"{number}/{level}/codes", cells.codes)
        column = segment.column(name)
        columns |= _under(f"{number}/labels", column.labels.arrays()) if column else {}
    files = {"products.bin": products, "words.bin": words, "columns.bin": columns}
    for number, (name, vectors) in enumerate(segment.vectors.items()):
        files[f"vectors-{number}.bin"] = {
            **_ragged("codes", vectors.codes),
            "scales": vectors.scales,
            **_ragged("shown", segment.shown[name]),
            **_under("ceilings", vectors.ceilings.arrays if vectors.ceilings else {}),
        }
    return files


def segment_of(files: Mapping[str, Arrays], schema: Schema) -> Segment:
    """The segment that ``files_of`` wrote, on the arrays as they are."""
    products, words, columns = (files[name] for name in ("products.bin", "words.bin", "columns.bin"))
    terms, keywords = Strings.mapped(_of(words, "terms")), Strings.mapped(_of(columns, "keywords"))

    def cells(prefix: str) -> Cells:
        if f"{prefix}/owners" not in columns:
            return EMPTY
        owners, kinds, numbers, easts = (
            columns[f"{prefix}/{name}"] for name in ("owners", "kinds", "numbers", "easts")
        )
        return Cells(owners, kinds, numbers, _ragged_of(columns, f"{prefix}/codes"), easts)

    spaces = {space.name: files[f"vectors-{number}.bin"] for number, space in enumerate(schema.spaces)}
    named = list(enumerate(Strings.mapped(_of(columns, "names"))))
    labels = _labels(columns)
    return Segment(
        names=Names(schema, Vocabulary(terms), Vocabulary(keywords)),
        ids=Strings.mapped(_of(products, "ids")),
        variant_ids=Strings.mapped(_of(products, "variants")),
        starts=products["starts"],
        tokens=tuple(_ragged_of(words, f"tokens/{field}") for field in range(len(schema.fields))),
        postings=Postings(
            terms=words["postings/terms"],
            rows=_ragged_of(words, "postings/rows"),
            impacts=words["postings/impacts"],
            count=len(products["starts"]) - 1,
        ),
        variant_terms=_ragged_of(words, "variants"),
        vectors={name: _vectors_of(part) for name, part in spaces.items()},
        shown={name: _ragged_of(part, "shown") for name, part in spaces.items()},
        cells={name: (cells(f"{number}/p"), cells(f"{number}/v")) for number, name in named},
        labels={name: Labels.mapped(labels.get(str(number), {})) for number, name in named},
    )


def _vectors_of(arrays: Arrays) -> Vectors:
    vectors = Vectors(_ragged_of(arrays, "codes"), arrays["scales"])
    if kept := _of(arrays, "ceilings"):
        vectors.__dict__["ceilings"] = Codes.from_arrays(kept)
    return vectors


def _of(arrays: Arrays, prefix: str) -> dict[str, NDArray[Any]]:
    """What ``_under`` put under a prefix."""
    return {name[len(prefix) + 1 :]: array for name, array in arrays.items() if name.startswith(f"{prefix}/")}


def _labels(columns: Arrays) -> dict[str, dict[str, NDArray[Any]]]:
    """Column number → its label arrays, in one pass: a catalogue may have thousands of columns."""
    out: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in columns.items():
        number, _, rest = name.partition("/labels/")
        if rest:
            out.setdefault(number, {})[rest] = array
    return out


def _under(prefix: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def _ragged(prefix: str, ragged: Ragged) -> dict[str, NDArray[Any]]:
    return {f"{prefix}/values": ragged.values, f"{prefix}/starts": np.asarray(ragged.starts, np.int64)}


def _ragged_of(arrays: Arrays, prefix: str) -> Ragged:
    return Ragged(arrays[f"{prefix}/values"], arrays[f"{prefix}/starts"])
