"""Lines of text from bytes that anyone may have written: bounded, in any common encoding, numbered from 1."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 8_000_000

_HIGH = re.compile(rb"[\x80-\xff]+")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(head: bytes) -> str:
    """The encoding of a file by its first bytes: a byte order mark, else UTF-8, else GB 18030 or Windows-1252."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        valid = False
    else:
        valid = True
    zeros, odd = head.count(0), head[1::2].count(0)
    if zeros >= 3 and odd in (0, zeros) and (not valid or zeros > len(head) // 4):
        return "utf-16-le" if odd else "utf-16-be"
    return "utf-8" if valid else _of_bytes(head)


def _of_bytes(head: bytes) -> str:
    """UTF-8 with a few bad bytes (bad rows, not another encoding), else GB 18030 or Windows-1252."""
    high = sum(byte >= 0x80 for byte in head)
    broken = len(head) - len(head.decode("utf-8", errors="ignore").encode())
    if broken * 20 <= high:
        return "utf-8"
    # Chinese letters are pairs of high bytes, side by side; western ones stand alone among ASCII.
    paired = sum(len(run) for run in _HIGH.findall(head) if len(run) > 1)
    return "gb18030" if paired >= 0.8 * high else "cp1252"


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
