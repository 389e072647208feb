"""``/v1/jobs``: long work is asked for, looked at and called off, with a key that has the scope admin and sees all.

Any worker answers. Jobs lie in a table that every process may write, so that they can be asked for and called off
while nobody can write products; the process that writes does them.
"""

from collections.abc import Callable
from functools import partial

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from wares.errors import NotFound, TooMany, WaresError
from wares.jobs.queue import JobQueue
from wares.jobs.records import Job
from wares.serve.access.caller import caller_of
from wares.serve.front import Front
from wares.serve.native import bodies
from wares.serve.native.answers import json_response
from wares.serve.native.idempotency import Answer, Idempotency, refusal
from wares.serve.native.schemas import JobRequest, JobsParameters, named

MAX_BODY = 64_000
FRESH = {"Cache-Control": "no-store"}


class Jobs:
    """Handlers of jobs."""

    def __init__(self, front: Front) -> None:
        folder = front.shop.config.shop.folder
        self._queue = JobQueue(folder)
        self._answers = Idempotency(folder)

    async def start(self, request: Request) -> Response:
        """Ask for a job; an identical one that waits already is answered instead."""
        caller_of(request).needs_all()
        body = await bodies.read(request, MAX_BODY)

        def started() -> Answer:
            asked = bodies.valid(JobRequest, bodies.parsed(body))
            job, new = self._queue.start(asked.kind, asked.arguments)
            return Answer(202, orjson.dumps({**job.facts(), "repeated": not new}))

        answer = await self._once(request, body, started)
        where = {"Location": f"/v1/jobs/{orjson.loads(answer.body)['id']}"} if answer.status == 202 else {}
        return answer.response(**where)

    def newest(self, request: Request) -> Response:
        """Jobs, the newest first; those that ended long ago are forgotten."""
        caller_of(request).needs_all()
        asked = bodies.valid(JobsParameters, named(request.query_params))
        found = self._queue.records.newest(asked.state, asked.limit)
        return json_response({"jobs": [job.facts() for job in found]}, headers=FRESH)

    def one(self, request: Request) -> Response:
        """One job, and how far it is."""
        caller_of(request).needs_all()
        return json_response(self._queue.records.get(_id(request)).facts(), headers=FRESH)

    async def cancel(self, request: Request) -> Response:
        """End a job that waits, and have one that runs end soon."""
        return await self._changed(request, self._queue.cancel)

    async def retry(self, request: Request) -> Response:
        """Try a job that failed again."""
        return await self._changed(request, self._queue.retry)

    async def _changed(self, request: Request, change: Callable[[int], Job]) -> Response:
        caller_of(request).needs_all()
        id = _id(request)
        body = await bodies.read(request, MAX_BODY)
        return (await self._once(request, body, lambda: Answer(200, orjson.dumps(change(id).facts())))).response()

    async def _once(self, request: Request, body: bytes, work: Callable[[], Answer]) -> Answer:
        return await self._answers.of(request, body, partial(run_in_threadpool, _answered, work))


def _id(request: Request) -> int:
    text = request.path_params["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(f"there is no job {text[:200]!r}", fix="take the id of a job that was answered")
    return int(text)


def _answered(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except WaresError as error:
        if error.status >= 500 or isinstance(error, TooMany):
            raise
        return refusal(error)
