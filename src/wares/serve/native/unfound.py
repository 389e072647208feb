"""``GET /v1/queries/unfound``: what shoppers asked for most and did not find, for whoever minds the catalogue."""

from starlette.requests import Request
from starlette.responses import Response

from wares.errors import NotFound
from wares.serve.front import Front
from wares.serve.native import bodies
from wares.serve.native.answers import json_response
from wares.serve.native.schemas import UnfoundParameters, named
from wares.serve.unfound import KeepsUnfound


class Unfound:
    """Handlers that tell what was not found."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def listed(self, request: Request) -> Response:
        """The words that found nothing, those that were asked most first."""
        asked = bodies.valid(UnfoundParameters, named(request.query_params))
        shop = self._front.of(request).shop
        if not isinstance(shop, KeepsUnfound):
            raise NotFound("this shop keeps no queries", fix="ask its operator")
        found = [
            {"text": each.text, "reason": each.reason, "times": each.times, "last": each.last.isoformat()}
            for each in shop.unfound.top(asked.k, asked.days)
        ]
        return json_response({"days": asked.days, "queries": found}, headers={"Cache-Control": "no-store"})
