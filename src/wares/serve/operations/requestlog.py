"""One JSON line for a request that was slow, went wrong or was drawn; and how all lines of a serving process look.

A line has the pattern of the route and never the path, no words of a shopper, no address and no key. Whatever else
masks personal data is a structlog processor and is given to :func:`write_json`.
"""

import random
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

from wares.serve.operations.answered import Answered

FAILED, SLOW, DRAWN = "request failed", "request slow", "request"
UNWELL = 500
READINESS = "/readyz"  # its 503 is an answer, given every few seconds while a process leaves, and no failure


def write_json(masks: Iterable[Processor] = (), *, file: Any = None) -> None:
    """Write every line of this process as JSON to standard error.

    Parameters
    ----------
    masks
        What masks personal data and secrets: the last to see a line before it is written.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            *masks,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        logger_factory=structlog.PrintLoggerFactory(file or sys.stderr),
        cache_logger_on_first_use=False,
    )


class RequestLog:
    """Writes the lines.

    Parameters
    ----------
    slow
        Seconds from which on a request is told.
    share
        Of all requests, how many are told in [0, 1]; 0: those that are slow or went wrong.
    seed
        Of the draw; None: another one each time.
    """

    def __init__(self, *, slow: float, share: float = 0.0, seed: int | None = None) -> None:
        self._slow, self._share = slow, share
        self._draw = random.Random(seed)

    def __call__(self, answer: Answered) -> None:
        """Write a line, or none."""
        log = structlog.get_logger("wares.requests")
        if answer.status >= UNWELL and (answer.route != READINESS or answer.raised):
            log.error(FAILED, **facts(answer))
        elif answer.seconds >= self._slow:
            log.warning(SLOW, **facts(answer))
        elif self._share and self._draw.random() < self._share:
            log.info(DRAWN, **facts(answer))


def facts(answer: Answered) -> dict[str, object]:
    """What a line says of a request; what is empty is left out."""
    stages = {name: round(seconds * 1000, 3) for name, seconds in answer.timed.seconds().items()}
    every: Mapping[str, object] = {
        "method": answer.method,
        "route": answer.route,
        "status": answer.status,
        "ms": round(answer.seconds * 1000, 3),
        "trace": answer.trace,
        "stages_ms": stages,
        "code": answer.error,
        "error": answer.raised,
        "degraded": sorted({str(part) for part in answer.timed.noted("degraded")}),
        "total": next(iter(answer.timed.noted("total")), None),
        "query": next(iter(answer.timed.noted("query")), None),
        "request_id": answer.request_id,
    }
    return {name: value for name, value in every.items() if value not in ("", None, {}, [])}


def _json(line: Mapping[str, Any], **_: object) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode("utf-8")
