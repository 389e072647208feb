"""What a shop can be learned from, read beside whatever serves it: catalogue, features, clicks, and what is live."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from wares.catalog.events import MAX_QUERY, EventLog
from wares.catalog.media import MediaStore
from wares.catalog.store import CatalogStore
from wares.config import Config
from wares.encode.cache import VectorCache, content_key
from wares.encode.joint import JointFusion
from wares.encode.learned import LearnedSpace
from wares.encode.models import Models
from wares.encode.transcripts import Transcripts
from wares.encoding import Encoding
from wares.errors import TrainingError, WeightsError
from wares.evaluate.judgements import Qrels
from wares.index.generations import Generations
from wares.learn.data import Data
from wares.learn.dataset import gather
from wares.learn.trial import MARGIN, Trial, Verdict, verdict
from wares.making import learned as model_of
from wares.protocols import Encoded, Fusion
from wares.types import Event, Product, Progress, silent

GRADES = {"click": 0.3, "add_to_cart": 0.6, "purchase": 1.0}
SHOPPERS = 3  # who asked the same, before a query is learned from: nobody's own words are


@contextmanager
def learnable(
    config: Config, judged: Qrels | None = None, texts: Mapping[str, str] | None = None, progress: Progress = silent
) -> Iterator[Data]:
    """A shop's data as it is now; writing and serving go on.

    Parameters
    ----------
    judged
        Grades by query and product; grade 0 is no pair.
    texts
        The words of the queries, where their ids are not their words.

    Raises
    ------
    TrainingError
        There is too little to learn from, or photos and words are not encoded.
    """
    folder, settings = config.shop.folder, config.encode
    with (
        closing(CatalogStore(config.store_url())) as store,
        closing(MediaStore(folder / "media", **config.media.model_dump())) as media,
        closing(VectorCache(folder / "cache")) as cache,
        closing(Transcripts(folder / "transcripts")) as transcripts,
    ):
        encoding = Encoding(config, media, cache, transcripts)
        encoder = encoding.unfitted()
        if encoder.fusion is None:
            raise TrainingError("nothing is fused", fix="name a fusion in wares.toml: encode.fusion")
        log = EventLog(store)
        pairs = [*asked(event for _, event in log.read()), *graded(judged or {}, texts or {})]
        products, events = list(store.products()), (event for _, event in log.read())
        catalogue = gather(products, encoder, encoding.analyzer, pairs, events, progress=progress)

        def encode(some: Sequence[str]) -> Encoded:
            return cache.encode(encoder.text, [content_key(text) for text in some], lambda row: some[row])

        photos = {each.id: media.path(shown) for each in products if (shown := _photo(each))}
        base, name = encoder.fusion, settings.fusion
        yield Data(catalogue, encode, encoding.analyzer.terms, base, name, encoder.sources, photos)


def asked(events: Iterable[Event]) -> Iterator[tuple[str, str, float]]:
    """(query, product, grade) of what shoppers took after they asked; only of what several of them asked."""
    texts: dict[str, str] = {}
    who: dict[str, set[str]] = {}
    taken: dict[tuple[str, str], float] = {}
    for event in events:
        if not event.query_id:
            continue
        if event.action == "search":
            text = " ".join(str(event.attributes.get("user_query", "")).split())[:MAX_QUERY].casefold()
            texts[event.query_id] = text
            who.setdefault(text, set()).add(event.shopper or event.session)
        elif (grade := GRADES.get(event.action)) and (text := texts.get(event.query_id, "")):
            taken[text, event.product] = max(grade, taken.get((text, event.product), 0.0))
    for (text, product), grade in taken.items():
        if len(who[text] - {""}) >= SHOPPERS:
            yield text, product, grade


def graded(judged: Qrels, texts: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    """The same of judgements, with the highest grade as 1."""
    most = max((grade for of in judged.values() for grade in of.values()), default=1)
    for query, of in judged.items():
        yield from ((texts.get(query, query), product, grade / most) for product, grade in of.items() if grade > 0)


def _photo(product: Product) -> str:
    return next((photo.sha256 for photo in product.photos() if photo.sha256), "")


def served_model(config: Config) -> Path | None:
    """Folder of the model that is served; None on day 0."""
    current = Generations(config.shop.folder / "index", keep=config.index.keep, write=False).current()
    return model_of(current.folder) if current is not None else None


def measured(config: Config, data: Data, name: str) -> tuple[Trial, Trial, Verdict]:
    """What is served and a model, on products that neither saw.

    The fusion of day 0, which both may have as a half, is fitted without them.

    Raises
    ------
    WeightsError
        The model is damaged, or its features come from other encoders than the shop's.
    """
    folder = Models(config.shop.folder / "models").folder(name)
    LearnedSpace.read(folder).check_encoders(data.encoders)
    learned, _, looked = data.parts()
    base = data.fitted(learned)
    served = served_model(config)
    current: Fusion = base
    with suppress(WeightsError):  # of other encoders, or damaged: a shop goes on without it
        if served is not None:
            LearnedSpace.read(served).check_encoders(data.encoders)
            current = JointFusion(base, served, data.base_name)
    before, after = (data.trial(each, looked) for each in (current, JointFusion(base, folder, data.base_name)))
    return before, after, verdict(after, before, MARGIN)


def worth(data: Data, folder: Path) -> Trial:
    """A model on products that it never saw."""
    learned, _, looked = data.parts()
    return data.trial(JointFusion(data.fitted(learned), folder, data.base_name), looked)
