"""Lines of text from bytes that anyone may have written: bounded, in any common encoding, numbered from 1."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 8_000_000

_HAN = re.compile(r"[\u4e00-\u9fff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(head: bytes) -> str:
    """The encoding of a file by its first bytes: a byte order mark, else UTF-8, else GB 18030 or Windows-1252."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if len(head) >= 4 and head.count(0) > len(head) // 3:
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    # A stray bad byte in a long UTF-8 text is a bad row, not another encoding.
    if head.decode("utf-8", errors="ignore").count("\ufffd") == 0:
        kept = len(head.decode("utf-8", errors="ignore").encode())
        multibyte = sum(byte >= 0xC2 for byte in head)
        if multibyte and len(head) - kept <= max(3, multibyte // 20):
            return "utf-8"
    chinese = head.decode("gb18030", errors="ignore")
    high = sum(byte >= 0x80 for byte in head)
    return "gb18030" if len(_HAN.findall(chinese)) * 2 >= high * 0.8 else "cp1252"


def byte_lines(stream: BinaryIO, limit: int = MAX_LINE) -> Iterator[tuple[int, bytes | None]]:
    """(line number, line without its end); None for a line longer than ``limit``, which is skipped unread."""
    number = 0
    while line := stream.readline(limit):
        number += 1
        if len(line) == limit and not line.endswith(b"\n"):
            while (rest := stream.readline(limit)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line.rstrip(b"\r\n")


def text_lines(stream: BinaryIO, limit: int = MAX_LINE) -> Iterator[tuple[int, str | None]]:
    """Like ``byte_lines`` in the file's encoding, with the line's end; what cannot be decoded is a lone surrogate."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    encoding = encoding_of(buffered.peek(65_536)[:65_536])
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    text = io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="")
    number = 0
    while line := text.readline(limit):
        number += 1
        if len(line) == limit and not line.endswith(("\n", "\r")):
            while (rest := text.readline(limit)) and not rest.endswith(("\n", "\r")):
                pass
            yield number, None
        else:
            yield number, line
