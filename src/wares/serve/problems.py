"""What programs are told when something is wrong: problem+json (RFC 9457) with a machine code and the fix."""

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from wares.errors import WaresError
from wares.serve.access.masking import mask


def problem_json(error: Exception, status: int) -> Response:
    """An error for programs; an unexpected one says nothing of what is inside, and none what is personal."""
    known = isinstance(error, WaresError | HTTPException)
    title = error.detail if isinstance(error, HTTPException) else getattr(error, "message", "internal error")
    problem = {
        "type": "about:blank",
        "status": status,
        "code": getattr(error, "code", "http" if isinstance(error, HTTPException) else "error"),
        "title": mask(title),
        "fix": mask(getattr(error, "fix", "")) if known else "try again in a moment",
    }
    return Response(orjson.dumps(problem), status, media_type="application/problem+json")
