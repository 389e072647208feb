"""Items of an XML feed, one by one: no document types, no entities, no token or item without bounds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from wares.catalog.archives import open_stream
from wares.errors import FeedError

CHUNK = 65_536
MAX_TOKEN = 1_000_000  # bytes that may pass without anything being understood
MAX_ITEM = 8_000_000  # characters of one item
MAX_DEPTH = 50

Item = dict[str, Any]


def xml_items(path: Path, names: tuple[str, ...]) -> Iterator[tuple[int, Item]]:
    """(line, item) of every element called one of ``names``: child name → texts, or dicts of nested children.

    Raises
    ------
    FeedError
        A document type or entity, a token or an item that is too large, XML that is not well formed.
    """
    parser = create_parser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    collector = _Items(names, lambda: parser.getLineNumber() or 0)
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(collector)
    with open_stream(path) as stream:
        try:
            while chunk := stream.read(CHUNK):
                collector.silent += len(chunk)
                parser.feed(chunk)
                if collector.silent > MAX_TOKEN:
                    raise FeedError(f"{path.name}: a tag is larger than {MAX_TOKEN:,} bytes", fix="mend the file")
                yield from collector.taken()
            parser.close()
        except DefusedXmlException:
            fix = "take <!DOCTYPE …> out: a feed needs none, and it can be a bomb"
            raise FeedError(f"{path.name} declares a document type", fix=fix) from None
        except SAXParseException as error:
            reason = f"{path.name} is no XML from line {error.getLineNumber()}: {error.getMessage()}"
            raise FeedError(reason, fix="export it again") from None
        except (SAXException, LookupError, ValueError) as error:
            raise FeedError(f"{path.name} cannot be read as XML: {error}", fix="export it again as UTF-8") from None
    yield from collector.taken()


class _Items(ContentHandler):
    def __init__(self, names: tuple[str, ...], line_now: Callable[[], int]) -> None:
        super().__init__()
        self.silent = 0
        self._names = names
        self._line_now = line_now
        self._depth = 0
        self._line = 0
        self._size = 0
        self._stack: list[tuple[str, Item, list[str]]] = []
        self._done: list[tuple[int, Item]] = []

    def taken(self) -> list[tuple[int, Item]]:
        done, self._done = self._done, []
        return done

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802, ARG002
        self.silent = 0
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FeedError("the XML is nested too deeply", fix="mend the file")
        if self._stack or name[1] in self._names:
            if not self._stack:
                self._line = self._line_now()
                self._size = 0
            item: Item = {}
            if name[1] == "link" and "href" in (found := {key[1]: value for key, value in attrs.items()}):
                item["href"] = [found["href"]]  # Atom keeps the address in an attribute
            self._stack.append((name[1], item, []))

    def characters(self, content: str) -> None:
        self.silent = 0
        if self._stack:
            self._size += len(content)
            if self._size > MAX_ITEM:
                raise FeedError(f"the item at line {self._line} is too large", fix="shorten it")
            self._stack[-1][2].append(content)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802, ARG002
        self.silent = 0
        self._depth -= 1
        if not self._stack:
            return
        tag, children, texts = self._stack.pop()
        if not self._stack:
            self._done.append((self._line, children))
            return
        value: Any = children if children else "".join(texts).strip()
        if tag == "link" and isinstance(value, dict):
            value = value["href"][0] if "href" in value else ""
        if value:
            self._stack[-1][1].setdefault(tag, []).append(value)
