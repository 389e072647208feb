import httpx
import pytest

from wares.client.refusals import FIRST, LONGEST, PATIENCE, Attempts, error_of
from wares.errors import Busy, NotFound, QueryError, StoreLocked, TooMany, Unreachable, WaresError

BUSY = {"type": "x", "status": 503, "code": "busy", "title": "memory ran out", "fix": "ask again"}
GOOD = {"status": "ok", "degraded": [], "version": "1", "writable": True}


def problem(status: int, code: str, headers: dict | None = None) -> httpx.Response:
    kind = {"content-type": "application/problem+json", **(headers or {})}
    return httpx.Response(status, json={**BUSY, "status": status, "code": code}, headers=kind)


class Script:
    """Answers one after the other; what was sent and how long was waited."""

    def __init__(self, *answers) -> None:
        self._answers = list(answers)
        self.sent: list[httpx.Request] = []
        self.waited: list[float] = []

    def transport(self) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            found = self._answers.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        return httpx.MockTransport(answer)

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
def client_of(made, request):
    waits = request.node.callspec.params["made"] == "waits"

    def make(script: Script, **options):
        return made(script.transport(), sleep=script.sleep if waits else script.sleep_async, **options)

    return make


def test_what_is_refused_for_now_is_sent_again(client_of):
    script = Script(
        problem(503, "busy"),
        problem(429, "too_many", {"retry-after": "3"}),
        httpx.ConnectError("refused"),
        httpx.Response(200, json=GOOD),
    )
    assert client_of(script).health().status == "ok"
    assert len(script.sent) == 4
    assert 0 <= script.waited[0] <= FIRST
    assert script.waited[1] == 3
    assert 0 <= script.waited[2] <= 4 * FIRST


def test_after_the_last_attempt_the_error_is_raised(client_of):
    script = Script(*[problem(503, "busy")] * 3)
    with pytest.raises(Busy, match="memory"):
        client_of(script, retries=2).health()
    assert (len(script.sent), len(script.waited)) == (3, 2)
    script = Script(httpx.ReadTimeout("slow"))
    with pytest.raises(Unreachable, match="ReadTimeout"):
        client_of(script, retries=0).health()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(404, "not_found"), NotFound),
        (problem(503, "store_locked", {"retry-after": "1"}), StoreLocked),
        (problem(429, "too_many", {"retry-after": "3600"}), TooMany),
        (problem(418, "novel"), QueryError),
        (problem(500, "error"), WaresError),
        (httpx.Response(404, text="<html>"), Unreachable),
        (httpx.Response(200, text="<html>"), Unreachable),
        (httpx.Response(302, headers={"location": "http://elsewhere/"}), Unreachable),
    ],
    ids=lambda value: str(getattr(value, "status_code", getattr(value, "__name__", value))),
)
def test_what_no_other_attempt_changes_is_raised_at_once(client_of, answer, kind):
    script = Script(httpx.Response(answer.status_code, headers=answer.headers, content=answer.content))
    with pytest.raises(kind):
        client_of(script).health()
    assert script.waited == []


def test_a_write_has_one_key_in_all_attempts_and_the_next_another(client_of):
    report = dict.fromkeys(("accepted", "changed", "unchanged", "deleted", "bad_rows", "warned", "seq"), 0)
    done = httpx.Response(200, json={"mode": "upsert", "rejected": [], "warnings": [], **report})
    script = Script(httpx.ReadError("gone"), done, done)
    client = client_of(script, key="secret")
    client.patch("p1", {"stock": 1})
    client.patch("p1", {"stock": 1})
    keys = [request.headers["idempotency-key"] for request in script.sent]
    assert keys[0] == keys[1] != keys[2]
    assert {request.headers["authorization"] for request in script.sent} == {"Bearer secret"}


def test_events_have_ids_that_stay_the_same_in_all_attempts(client_of):
    done = httpx.Response(200, json={"accepted": 1, "repeated": 0, "rejected": []})
    script = Script(problem(503, "busy"), done)
    client_of(script).feedback([{"action_name": "click"}])
    assert script.sent[0].content == script.sent[1].content
    assert b"event_id" in script.sent[0].content


def test_waits_double_up_to_a_limit():
    attempts = Attempts(20, draw=lambda: 1.0)
    waits = [attempts.refused(sent(503, "busy")) for _ in range(10)]
    assert waits[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert waits[-1] == LONGEST
    assert Attempts(1, draw=lambda: 0.0).refused(sent(503, "busy", {"retry-after": str(int(PATIENCE))})) == PATIENCE


def sent(*args) -> httpx.Response:
    answer = problem(*args)
    answer.request = httpx.Request("GET", "http://shop/")
    return answer


def test_an_error_keeps_what_else_was_said():
    error = error_of(409, {**BUSY, "code": "feed_held", "report": {"deleted": 3}})
    assert (error.code, error.message, error.fix, dict(error.more)) == (
        "feed_held",
        "memory ran out",
        "ask again",
        {"report": {"deleted": 3}},
    )
    assert WaresError("x").more == {}
