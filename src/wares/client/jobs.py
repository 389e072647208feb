"""Long work of a shop over HTTP: ``client.jobs``, with the same names in both clients."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import uuid4

import orjson

from wares.client.calls import Answer, Call

JobState = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Job:
    """A job. ``fields`` is all that was answered of it; ``stage`` is what is being done, of which ``total`` is 0 where
    nobody knows; ``code`` and ``message`` are of the last attempt that failed."""

    id: int
    kind: str
    state: JobState
    attempts: int
    stage: str = ""
    done: int = 0
    total: int = 0
    code: str = ""
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    repeated: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in ("done", "failed", "cancelled")


class _Send(Protocol):
    def __call__(self, call: Call[Answer], /) -> Answer: ...


class _SendLater(Protocol):
    def __call__(self, call: Call[Answer], /) -> Awaitable[Answer]: ...


class Jobs:
    """What can be asked of jobs; takes a key with the scope admin."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    def start(self, kind: str, **arguments: Any) -> Job:
        """Ask for a job, such as ``rebuild``; ``repeated`` where an identical one waits already, which is answered."""
        return self._send(_start(kind, arguments))

    def get(self, id: int) -> Job:
        """One job; NotFound if there is none."""
        return self._send(_get(id))

    def newest(self, state: JobState | Literal[""] = "", limit: int = 50) -> tuple[Job, ...]:
        """Jobs, the newest first."""
        return self._send(_newest(state, limit))

    def cancel(self, id: int) -> Job:
        """End a job that waits, and have one that runs end soon; Conflict where it has ended."""
        return self._send(_change(id, "cancel"))

    def retry(self, id: int) -> Job:
        """Try a job that failed again; Conflict where it did not."""
        return self._send(_change(id, "retry"))


class AsyncJobs:
    """What can be asked of jobs, as :class:`Jobs`."""

    def __init__(self, send: _SendLater) -> None:
        self._send = send

    async def start(self, kind: str, **arguments: Any) -> Job:
        """Ask for a job, such as ``rebuild``; ``repeated`` where an identical one waits already, which is answered."""
        return await self._send(_start(kind, arguments))

    async def get(self, id: int) -> Job:
        """One job; NotFound if there is none."""
        return await self._send(_get(id))

    async def newest(self, state: JobState | Literal[""] = "", limit: int = 50) -> tuple[Job, ...]:
        """Jobs, the newest first."""
        return await self._send(_newest(state, limit))

    async def cancel(self, id: int) -> Job:
        """End a job that waits, and have one that runs end soon; Conflict where it has ended."""
        return await self._send(_change(id, "cancel"))

    async def retry(self, id: int) -> Job:
        """Try a job that failed again; Conflict where it did not."""
        return await self._send(_change(id, "retry"))


def _start(kind: str, arguments: Mapping[str, Any]) -> Call[Job]:
    return _posted("/v1/jobs", orjson.dumps({"kind": kind, "arguments": dict(arguments)}))


def _get(id: int) -> Call[Job]:
    return Call("GET", f"/v1/jobs/{id}", _job)


def _newest(state: str, limit: int) -> Call[tuple[Job, ...]]:
    return Call("GET", f"/v1/jobs?state={state}&limit={limit}", lambda answer: tuple(map(_job, answer["jobs"])))


def _change(id: int, change: str) -> Call[Job]:
    return _posted(f"/v1/jobs/{id}/{change}")


def _posted(path: str, content: bytes = b"") -> Call[Job]:
    return Call("POST", path, _job, content, {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())})


def _job(answer: Mapping[str, Any]) -> Job:
    progress, error = answer["progress"] or {}, answer["error"] or {}
    return Job(
        **{name: answer[name] for name in ("id", "kind", "state", "attempts")},
        stage=progress.get("stage", ""),
        done=progress.get("done", 0),
        total=progress.get("total", 0),
        code=error.get("code", ""),
        message=error.get("message", ""),
        result=answer["result"] or {},
        repeated=answer.get("repeated", False),
        fields=answer,
    )
