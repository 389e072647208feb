"""W3C trace context: which trace a request belongs to, told and passed on by ``traceparent``; and its own id."""

import re
import secrets
from dataclasses import dataclass

_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """``parent`` is the caller's span, empty where none was told; ``span`` is ours."""

    trace: str
    span: str
    parent: str = ""
    sampled: bool = False

    @property
    def header(self) -> bytes:
        """The ``traceparent`` of what is done for this request."""
        return f"00-{self.trace}-{self.span}-{SAMPLED if self.sampled else 0:02x}".encode("ascii")


def trace_context(traceparent: bytes) -> TraceContext:
    """Go on with a caller's trace, or begin one where the header is missing or says nothing valid."""
    found = _TRACEPARENT.fullmatch(traceparent)
    span = secrets.token_hex(8)
    if found is None:
        return TraceContext(secrets.token_hex(16), span)
    version, trace, parent, flags, rest = found.groups()
    # Version 00 ends after the flags; later ones may go on; ff and ids of zeros are invalid.
    if version == b"ff" or (version == b"00" and rest) or not trace.strip(b"0") or not parent.strip(b"0"):
        return TraceContext(secrets.token_hex(16), span)
    return TraceContext(trace.decode(), span, parent.decode(), bool(int(flags, 16) & SAMPLED))


def request_id(header: bytes) -> str:
    """The caller's ``X-Request-ID`` where it is harmless, or a new one."""
    return header.decode("ascii") if _REQUEST_ID.fullmatch(header) else secrets.token_hex(16)
