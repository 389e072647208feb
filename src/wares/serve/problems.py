"""What programs are told when something is wrong: problem+json (RFC 9457) with a machine code and the fix."""

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from wares.errors import WaresError


def code_of(error: Exception) -> str:
    """What programs know an error by: our own code, ``http``, or ``error`` for what nobody expected."""
    return str(getattr(error, "code", "http" if isinstance(error, HTTPException) else "error"))


def problem_json(error: Exception, status: int) -> Response:
    """An error for programs; an unexpected one says nothing of what is inside."""
    known = isinstance(error, WaresError | HTTPException)
    problem = {
        "type": "about:blank",
        "status": status,
        "code": code_of(error),
        "title": error.detail if isinstance(error, HTTPException) else getattr(error, "message", "internal error"),
        "fix": getattr(error, "fix", "") if known else "try again in a moment",
    }
    return Response(orjson.dumps(problem), status, media_type="application/problem+json")
