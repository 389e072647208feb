"""What answers a constant over HTTP: Starlette an empty JSON object, FastAPI a page of results through its model.

Run as a module it serves one of them, on one process: ``python -m wares.bench.constants fastapi MODEL page.json PORT``.
"""

import json
import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wares.bench.peers import require

PATH = "/"


def starlette() -> Any:
    """``{}`` from an asynchronous endpoint: what an answer costs at the least."""

    async def empty(_: Request) -> JSONResponse:
        return JSONResponse({})

    return Starlette(routes=[Route(PATH, empty)])


def fastapi(model: str, page: Path) -> Any:
    """The page, which was parsed once, through ``response_model``, checked and written out for each request.

    Parameters
    ----------
    model
        ``module:name`` of the page's type: it is the room's next door, which this one knows only by name.
    """
    (module,) = require("fastapi")
    app = module.FastAPI()
    answer = json.loads(page.read_bytes())

    async def constant() -> Any:
        return answer

    app.get(PATH, response_model=resolve_name(model))(constant)
    return app


def main(name: str, model: str, page: Path, port: int) -> None:
    """Serve one of the two until the process is ended."""
    app = starlette() if name == "starlette" else fastapi(model, page)
    uvicorn.run(app, host="127.0.0.1", port=port, loop="asyncio", http="httptools", log_level="error", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
