"""What is answered when something is wrong, in the shape of this protocol: ``{message, status}``."""

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from wares.errors import WaresError

PREFIX = "/1/"


def protocol_json(error: Exception, status: int) -> Response:
    """An error for pages that speak this protocol; an unexpected one says nothing of what is inside."""
    if isinstance(error, HTTPException):
        message = f"{error.detail}: what there is of the protocol is in docs/instantsearch.md"
    elif isinstance(error, WaresError):
        message = f"{error.message}: {error.fix}" if error.fix else error.message
    else:
        message = "internal error: try again in a moment"
    return Response(orjson.dumps({"message": message, "status": status}), status, media_type="application/json")
