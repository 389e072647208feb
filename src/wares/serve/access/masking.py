"""What never stands in a log, a trace or an error: addresses, telephone numbers, keys, tokens and cookies."""

import re
from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address
from typing import Any, TextIO

import structlog

MASKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[key]", re.compile(r"\bw[kt]_[\w~-]{4,}")),
    ("[key]", re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{4,}")),
    ("[cookie]", re.compile(r"(?i)\b(?:set-)?cookie:?\s*[^\s;,]+=[^\s;,]+(?:;\s*[^\s;,]+=[^\s;,]+)*")),
    ("[cookie]", re.compile(r"\bwares_(?:session|csrf)=[^\s;,&]+")),
    ("[token]", re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}")),
    ("[secret]", re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}\.[0-9a-fA-F]{64}(?![0-9a-fA-F])")),
    ("[e-mail]", re.compile(r"[\w.+%-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+")),
    ("[address]", re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")),
    ("[phone]", re.compile(r"(?<![\w.])(?:\+|00)\d(?:[ ()./-]{0,2}\d){7,14}(?!\w)")),
    ("[phone]", re.compile(r"(?<![\w.-])(?!\d{4}-\d\d-\d\d)\(?\d{2,5}\)?(?:[ ./-]\d{2,5}){2,4}(?![\w.-])")),
    ("[phone]", re.compile(r"(?<!\w)1[3-9]\d{9}(?!\w)")),
)
_COLONS = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]*:[0-9a-fA-F.]*(?![\w:])")
SECRET = re.compile(r"(?i)^(?:authorization|cookie|set-cookie|x-api-key|x-algolia-api-key|password|secret|token|key)$")
OWN = frozenset(("timestamp", "level", "logger"))  # what the log says of itself
LONGEST = 20_000  # signs of a text that are looked at; what is beyond is cut off


def mask(text: str) -> str:
    """A text without what is personal or secret in it; what stands for it says what it was."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    for name, pattern in MASKS:
        text = pattern.sub(name, text)
    return _COLONS.sub(_without_address, text) if text.count(":") > 1 else text


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor for structlog: everything that is written is masked first."""
    for name in event.keys() - OWN:
        event[name] = "[secret]" if SECRET.match(name) and event[name] else masked(event[name])
    return event


def masked(found: Any) -> Any:
    """Whatever is logged, masked all the way down; an exception becomes its masked text."""
    match found:
        case str():
            return mask(found)
        case bytes():
            return mask(found.decode("utf-8", "replace"))
        case Mapping():
            return {
                mask(str(name)): "[secret]" if SECRET.match(str(name)) and each else masked(each)
                for name, each in found.items()
            }
        case list() | tuple() | set() | frozenset():
            return [masked(each) for each in found]
        case BaseException():
            return f"{type(found).__name__}: {mask(str(found))}"
        case bool() | int() | float() | None:
            return found
        case _:
            return mask(str(found))


def configure_logs(stream: TextIO) -> None:
    """Write the logs of this process to a stream, everything masked, stack traces too."""
    *first, renderer = structlog.get_config()["processors"]
    if mask_event in first:
        first = [each for each in first if each not in (mask_event, structlog.processors.format_exc_info)]
    structlog.configure(
        processors=[*first, structlog.processors.format_exc_info, mask_event, renderer],
        logger_factory=structlog.PrintLoggerFactory(stream),
    )


def _without_address(found: re.Match[str]) -> str:
    try:
        ip_address(found[0])
    except ValueError:
        return found[0]
    return "[address]"
