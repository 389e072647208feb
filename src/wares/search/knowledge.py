"""What a catalogue teaches about its shoppers' words: vocabulary, names and suggestions, learned in one pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from wares.errors import CorruptIndex
from wares.protocols import Analyzer, ProductIndex
from wares.search.intents.entities import Entities
from wares.search.intents.naming import EntitiesBuilder
from wares.search.intents.reader import IntentReader
from wares.search.spelling.lexicon import Lexicon, LexiconBuilder
from wares.search.suggest.builder import SuggesterBuilder
from wares.search.suggest.suggester import Suggester
from wares.search.synonymfile import EVERYDAY, Rule, read
from wares.search.synonyms import Others, Synonyms, learn
from wares.search.understand import Understander
from wares.types import Product, Progress, silent

VERSION = 2  # of its files; counted up when what an older wares wrote cannot be read any more


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Spelling and synonyms stand on the lexicon, chips on the entities, completions on the suggester."""

    lexicon: Lexicon
    entities: Entities
    suggester: Suggester
    learned: Others

    @classmethod
    def of(
        cls,
        products: Iterable[Product],
        analyzer: Analyzer,
        equal: Iterable[Sequence[str]] = (),
        queries: Iterable[tuple[str, int]] = (),
        *,
        total: int = 0,
        progress: Progress = silent,
    ) -> "Knowledge":
        """Learn from products, streamed once; memory grows with their words and titles, not with their texts.

        Parameters
        ----------
        equal
            Groups of names for the same, such as those of colours in several languages.
        queries
            What was searched for, and by how many different shoppers; rare and personal ones are left out.
        """
        lexicon, entities, suggester = (
            LexiconBuilder(analyzer),
            EntitiesBuilder(analyzer, equal),
            SuggesterBuilder(analyzer.tokens),
        )
        for done, product in enumerate(products, 1):
            lexicon.add(product)
            entities.add(product)
            suggester.add(product)
            if done % 1000 == 0 or done == total:
                progress("learn words", done, total)
        for text, shoppers in queries:
            suggester.add_query(text, shoppers)
        words = lexicon.finish()
        return cls(words, entities.finish(), suggester.finish(), learn(analyzer, words, read(EVERYDAY)))

    def save(self, folder: Path) -> None:
        """One file each."""
        folder.mkdir(parents=True, exist_ok=True)
        self.lexicon.save(folder / "lexicon")
        self.entities.save(folder / "entities")
        self.suggester.save(folder / "suggestions")
        rows = [[key, [*others], [*others.values()]] for key, others in self.learned.items()]
        (folder / "synonyms.json").write_bytes(orjson.dumps(rows))

    @classmethod
    def load(cls, folder: Path) -> "Knowledge":
        """Open what ``save`` wrote."""
        try:
            rows = orjson.loads((folder / "synonyms.json").read_bytes())
        except (OSError, ValueError) as error:
            raise CorruptIndex(f"{folder} cannot be read: {error}", fix="`wares rebuild`") from error
        learned = {tuple(key): dict(zip(map(tuple, others), worths, strict=True)) for key, others, worths in rows}
        return cls(
            Lexicon.load(folder / "lexicon"),
            Entities.load(folder / "entities"),
            Suggester.load(folder / "suggestions"),
            learned,
        )

    def understander(
        self,
        analyzer: Analyzer,
        index: ProductIndex,
        rules: Sequence[Rule],
        *,
        currency: str,
        digits: int,
        language: str,
    ) -> Understander:
        """Reads the queries of a shop.

        Parameters
        ----------
        rules
            The merchant's synonyms.
        currency, digits
            ISO 4217 code of the prices and the decimals of its minor unit.
        language
            The shop's.
        """
        return Understander(
            analyzer,
            self.lexicon,
            Synonyms(analyzer, rules, self.lexicon, self.learned),
            IntentReader(self.entities, analyzer, currency=currency, digits=digits),
            index.frequencies,
            index.expand,
            language,
        )


def suggests(folder: Path, texts: Sequence[str]) -> bool:
    """Whether what was kept in a folder suggests one of the queries because it was typed; what is damaged might."""
    try:
        return Knowledge.load(folder).suggester.logged(texts)
    except (CorruptIndex, OSError, ValueError):
        return True
