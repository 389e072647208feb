"""A run as one page to look through: what was learned, what it is worth, for whom, and how the catalogue lies now."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, select_autoescape

from wares.encode.joint import JointFusion
from wares.encode.weights import write
from wares.learn.ablation import without_each
from wares.learn.catalogue import Catalogue
from wares.learn.data import Data
from wares.learn.trial import NDCG, SPARSE, parts_for
from wares.protocols import Fusion
from wares.types import FloatArray, ScoreArray

if TYPE_CHECKING:
    from wares.learn.multitask import Compared
    from wares.learn.space import Made

NAME = "report.html"
MAPPED, NEIGHBOURS, LOOKED_AT = 2000, 5, 8  # products on the map; neighbours of a product; products with neighbours
SIZE = 640, 240  # of a drawing
NAMES = 160  # of its width, for the names of its lines
COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f", "#475569", "#b45309")

PAGE = Environment(autoescape=select_autoescape(default=True)).from_string("""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ card.name }}</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .25rem .75rem; text-align: right }
td:first-child, th:first-child { text-align: left } tr:nth-child(even) { background: #8881 }
svg { width: 100%; height: auto } figure { margin: 0; display: inline-block; width: 6.5rem; vertical-align: top }
img { width: 6rem; height: 6rem; object-fit: contain; background: #fff } figcaption { font-size: .7rem }
.row { margin: .5rem 0; overflow-x: auto; white-space: nowrap } .row figure { white-space: normal }
.gain { color: #059669 } .loss { color: #dc2626 }
</style>
<h1>{{ card.name }}</h1>
<p>Learned from {{ card.data.products }} products in {{ card.seconds }} s; {{ card.dim }} dimensions, which make up
{{ "%.0f" | format(100 * card.share) }} % of a cosine.
{% if reason %}<strong class="loss">Not to be published: {{ reason }}.</strong>{% endif %}</p>
<h2>What it is worth</h2>
<p>nDCG@10 on products that neither saw, with 95 % intervals of the difference.</p>
<table><tr><th>figure<th>queries<th>day 0<th>learned<th>difference</tr>
{% for each in figures %}<tr><td>{{ each.name }}<td>{{ each.queries }}<td>{{ each.before }}<td>{{ each.after }}
<td class="{{ each.kind }}">{{ each.difference }}</tr>{% endfor %}</table>
<h2>What each part brings</h2>
<p>The same figures of products without one modality{% if tasks %}; then the mean of all figures of models that were
learned shortly without one task{% endif %}.</p>
<table><tr><th>without{% for each in figures %}<th>{{ each.name }}{% endfor %}</tr>
{% for name, values in parts %}<tr><td>{{ name }}{% for each in values %}<td class="{{ each.kind }}">{{ each.value }}
{% endfor %}</tr>{% endfor %}</table>
{% if tasks %}<table><tr><th>without<th>mean<th>change</tr>
{% for each in tasks %}<tr><td>{{ each.name }}<td>{{ each.value }}<td class="{{ each.kind }}">{{ each.change }}</tr>
{% endfor %}</table>{% endif %}
<h2>Loss</h2>{{ curves }}
{% if seen %}<h2>While it learned</h2>
<p>nDCG@10 of the learned half alone, by epoch, on products that settings are chosen on.</p>{{ seen }}{% endif %}
<h2>For whom</h2>
<table><tr><th>slice<th>figure<th>queries<th>day 0<th>learned</tr>
{% for each in slices %}<tr><td>{{ each.name }}<td>{{ each.figure }}<td>{{ each.queries }}<td>{{ each.before }}
<td class="{{ each.kind }}">{{ each.after }}</tr>{% endfor %}</table>
<h2>Neighbours, before and after</h2>
{% for each in neighbours %}<div class="row">{% for shown in each.before %}<figure>
{% if shown.photo %}<img src="data:image/jpeg;base64,{{ shown.photo }}" alt="">{% endif %}
<figcaption>{{ shown.title }}</figcaption></figure>{% endfor %}</div>
<div class="row">{% for shown in each.after %}<figure>
{% if shown.photo %}<img src="data:image/jpeg;base64,{{ shown.photo }}" alt="">{% endif %}
<figcaption>{{ shown.title }}</figcaption></figure>{% endfor %}</div><hr>{% endfor %}
<h2>The catalogue in two dimensions</h2>
<p>Principal components of the learned space; {{ mapped }} products{% if by %}, coloured by {{ by }}{% endif %}.</p>
{{ map }}
<h2>Card</h2><table>{% for name, value in facts %}<tr><td>{{ name }}<td>{{ value }}</tr>{% endfor %}</table>
</html>""")

Shown = Mapping[str, str]


def write_report(
    made: "Made", data: Data, photos: Mapping[str, Path] | None = None, compared: "Compared | None" = None
) -> Path:
    """Write ``report.html`` beside a model; it needs nothing else to be looked at.

    Parameters
    ----------
    photos
        Product id → a photo of it.
    compared
        What tasks are worth, where that was measured.
    """
    learned, _, looked = data.parts()
    base = data.fitted(learned)
    fusion = JointFusion(base, made.folder, data.base_name)
    by, points = _mapped(fusion, data.catalogue)
    html = PAGE.render(
        card=made.card,
        reason=made.verdict.reason,
        figures=_figures(made),
        slices=_slices(made),
        parts=_parts(made, without_each(fusion, looked, data)),
        tasks=_tasks(compared) if compared is not None else [],
        curves=_safe(losses(made.card["history"])),
        seen=_safe(figures(made.card["history"])),
        neighbours=_neighbours(base, fusion, data.catalogue, looked.ids[:LOOKED_AT], photos or {}),
        map=_safe(scatter(points)),
        mapped=len(points),
        by=by,
        facts=_facts(made.card),
    )
    path = made.folder / NAME
    write(path, [html.encode()])
    return path


def losses(history: Sequence[Mapping[str, float]]) -> str:
    """The loss of each task by epoch, each as a share of its largest."""
    lines = _lines(history, lambda name: name not in ("epoch", "seconds") and not name.startswith(NDCG))
    return curves("loss by epoch", {name: each / max(np.nanmax(np.abs(each)), 1e-9) for name, each in lines.items()})


def figures(history: Sequence[Mapping[str, float]]) -> str:
    """Each figure by the epochs that it was seen after; empty where none was."""
    lines = _lines(history, lambda name: name.startswith(NDCG))
    named = {
        f"{name.removeprefix(NDCG).replace('_', ' → ')} {each[np.isfinite(each)][-1]:.2f}": each
        for name, each in lines.items()
    }
    return curves("nDCG@10 by epoch", named) if named else ""


def _lines(history: Sequence[Mapping[str, float]], wanted: Callable[[str], bool]) -> dict[str, ScoreArray]:
    """(epochs,) values by name, NaN where there is none."""
    names = sorted({name for row in history for name in row if wanted(name)})
    return {name: np.array([row.get(name, np.nan) for row in history]) for name in names}


def curves(about: str, lines: Mapping[str, ScoreArray]) -> str:
    """Lines between 0 and 1 by epoch, each with its name; those that were seen now and then go from one to the next."""
    width, height = SIZE
    left, right, top, bottom = 30, width - NAMES, 15, height - 25

    def y(value: float) -> float:
        return float(bottom - value * (bottom - top))

    epochs = max((len(values) for values in lines.values()), default=0)
    drawn = [
        f'<line x1="{left}" x2="{right}" y1="{y(value):.0f}" y2="{y(value):.0f}" stroke="#e5e7eb"/>'
        f'<text x="0" y="{y(value) + 4:.0f}" font-size="11" fill="#6b7280">{value:g}</text>'
        for value in (0, 0.5, 1)
    ]
    drawn += [
        f'<text x="{x}" y="{height - 8}" font-size="11" fill="#6b7280" text-anchor="{anchor}">{text}</text>'
        for x, anchor, text in ((left, "start", "epoch 1"), (right, "end", f"epoch {epochs}"))
        if epochs > 1
    ]
    for place, (name, values) in enumerate(lines.items()):
        across = np.linspace(left, right, len(values))
        line = " ".join(f"{a:.1f},{y(b):.1f}" for a, b in zip(across, values, strict=True) if b == b)
        colour = COLOURS[place % len(COLOURS)]
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn.append(f'<text x="{right + 10}" y="{20 + 16 * place}" fill="{colour}" font-size="12">{name}</text>')
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{about}">{"".join(drawn)}</svg>'


def scatter(points: Sequence[tuple[float, float, int]]) -> str:
    """Points in the unit square with a colour each."""
    width, height = SIZE[0], SIZE[0] * 2 // 3
    dots = "".join(
        f'<circle cx="{8 + x * (width - 16):.1f}" cy="{8 + y * (height - 16):.1f}" r="2.5" '
        f'fill="{COLOURS[colour % len(COLOURS)] if colour >= 0 else "#9ca3af"}" fill-opacity=".6"/>'
        for x, y, colour in points
    )
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="map of the catalogue">{dots}</svg>'


def _mapped(fusion: Fusion, catalogue: Catalogue) -> tuple[str, list[tuple[float, float, int]]]:
    """What the colours mean, and the points."""
    catalogue = catalogue[np.sort(np.random.default_rng(0).permutation(len(catalogue))[:MAPPED])]
    rows = _rows(fusion, catalogue)
    if len(rows) < 3:
        return "", []
    centred = rows - rows.mean(0)
    places = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    places = (places - places.min(0)) / np.maximum(places.max(0) - places.min(0), 1e-9)
    by = next((name for name in ("category 0", "category 1", *catalogue.labels) if name in catalogue.labels), "")
    codes = catalogue.labels[by].codes if by else np.zeros(len(rows), np.int64)
    return by, [(float(x), float(y), int(code)) for (x, y), code in zip(places, codes, strict=True)]


def _neighbours(
    base: Fusion, fusion: Fusion, catalogue: Catalogue, ids: Sequence[str], photos: Mapping[str, Path]
) -> list[dict[str, list[Shown]]]:
    """Products that were not learned from, each followed by those nearest to it on day 0 and now."""
    titles = catalogue.titles()
    chosen = np.flatnonzero(np.isin(np.array(catalogue.ids), list(ids)))
    orders = []
    for each in (base, fusion):
        rows = _rows(each, catalogue)
        orders.append(np.argsort(-(rows[chosen] @ rows.T), axis=1)[:, : NEIGHBOURS + 1])

    def shown(row: int) -> Shown:
        id = catalogue.ids[row]
        return {"title": titles.get(row, id)[:60], "photo": _thumbnail(photos[id]) if id in photos else ""}

    return [
        {"before": [shown(int(row)) for row in before], "after": [shown(int(row)) for row in after]}
        for before, after in zip(*orders, strict=True)
    ]


def _rows(fusion: Fusion, catalogue: Catalogue) -> FloatArray:
    rows: FloatArray = fusion.fuse(parts_for(fusion, catalogue.parts, catalogue.terms))[0]
    return rows


def _thumbnail(path: Path) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    try:
        with Image.open(path) as picture:
            picture.thumbnail((120, 120))
            picture.convert("RGB").save(buffer, "JPEG", quality=75)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""  # gone since, or no picture that can be shown
    return base64.b64encode(buffer.getvalue()).decode()


def _figures(made: "Made") -> list[dict[str, Any]]:
    before, after = made.before.means, made.after.means
    return [
        {
            "name": name.replace("_", " → "),
            "queries": len(made.after.values[name]),
            "before": f"{before[name]:.3f}",
            "after": f"{after[name]:.3f}",
            "difference": f"{each.difference:+.3f} [{each.low:+.3f}, {each.high:+.3f}]",
            "kind": "gain" if each.gained else "loss" if each.high < 0 else "",
        }
        for name, each in made.verdict.figures.items()
    ]


def _parts(made: "Made", without: Mapping[str, Mapping[str, float]]) -> list[tuple[str, list[dict[str, str]]]]:
    """For each modality the figures without it, and whether that is less."""
    whole = made.after.means
    return [
        (
            part,
            [
                {"value": f"{values[name]:.3f}", "kind": "loss" if values[name] < whole[name] else ""}
                if name in values
                else {"value": "–", "kind": ""}
                for name in made.verdict.figures
            ],
        )
        for part, values in without.items()
    ]


def _tasks(compared: "Compared") -> list[dict[str, str]]:
    whole = compared.worth["shipped"]
    return [
        {
            "name": task,
            "value": f"{value:.3f}",
            "change": f"{value - whole:+.3f}",
            "kind": "loss" if value < whole else "gain" if value > whole else "",
        }
        for task, value in compared.without.items()
    ]


def _slices(made: "Made") -> list[dict[str, Any]]:
    found = []
    for figure, parts in made.after.slices.items():
        for name, inside in parts.items():
            if inside.sum() >= SPARSE:
                before, after = (float(each.values[figure][inside].mean()) for each in (made.before, made.after))
                found.append(
                    {
                        "name": name,
                        "figure": figure.replace("_", " → "),
                        "queries": int(inside.sum()),
                        "before": f"{before:.3f}",
                        "after": f"{after:.3f}",
                        "kind": "gain" if after > before else "loss" if after < before else "",
                    }
                )
    return sorted(found, key=lambda each: (each["name"], each["figure"]))


def _facts(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in card.items() if name not in ("history", "metrics")]


def _safe(svg: str) -> Any:
    """Drawn here, of numbers and names of tasks alone."""
    from markupsafe import Markup

    return Markup(svg)
