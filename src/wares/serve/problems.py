"""What programs are told when something is wrong: problem+json (RFC 9457) with a machine code and the fix."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from wares.errors import WaresError
from wares.serve.access.masking import mask

TYPES = "https://github.com/wares-search/wares/blob/main/docs/errors.md"
CODES = {404: "not_found", 405: "method", 413: "too_large"}
"""Codes of what the web framework itself refuses, by status."""
FIXES = {
    404: "the paths are in /v1/openapi.json",
    405: "the header Allow names the methods that this path takes",
    413: "send less at once",
}


def code_of(error: Exception) -> str:
    """What programs know an error by: our own code, ``http``, or ``error`` for what nobody expected."""
    if isinstance(error, HTTPException):
        return CODES.get(error.status_code, "http")
    return str(getattr(error, "code", "error"))


def problem(error: Exception, status: int, more: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """An error for programs; an unexpected one says nothing of what is inside.

    Parameters
    ----------
    more
        Further members, such as the report of what was refused.
    """
    framework = isinstance(error, HTTPException)
    known = framework or isinstance(error, WaresError)
    code = code_of(error)
    title = error.detail if isinstance(error, HTTPException) else getattr(error, "message", "internal error")
    return {
        "type": f"{TYPES}#{code}",
        "status": status,
        "code": code,
        "title": mask(title),
        "fix": mask(_fix(error, status)) if known else "try again in a moment",
        **more,
    }


def _fix(error: Exception, status: int) -> str:
    return FIXES.get(status, "") if isinstance(error, HTTPException) else getattr(error, "fix", "")


def problem_json(error: Exception, status: int, more: Mapping[str, Any] = MappingProxyType({})) -> Response:
    """The problem as an answer."""
    return Response(orjson.dumps(problem(error, status, more)), status, media_type="application/problem+json")
