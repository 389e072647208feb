"""Parts that fail or hang are left alone for a while: a circuit breaker, and one thread that waits in their place.

The breaker is Nygard's (Release It!, 2007): closed while all is well, open after some failures in a row, half-open
after a pause, when one call may try whether the part works again.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

T = TypeVar("T")
State = Literal["closed", "open", "half-open"]


@dataclass(slots=True)
class BreakerStats:
    """What one part did since the process started."""

    calls: int = 0
    failures: int = 0
    late: int = 0
    refused: int = 0
    opened: int = 0
    state: State = "closed"


class Resting(Exception):
    """The part is not asked now."""


class Breaker:
    """Counts failures in a row.

    Parameters
    ----------
    failures
        So many in a row open it.
    pause
        Seconds before a call may try again.
    clock
        Seconds that never go back.
    """

    def __init__(self, failures: int = 3, pause: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.stats = BreakerStats()
        self._most, self._pause, self._clock = failures, pause, clock
        self._row = 0
        self._since = 0.0
        self._lock = threading.Lock()

    @property
    def sound(self) -> bool:
        """Whether the last call did what it should."""
        return self.stats.state == "closed" and self._row == 0

    def enter(self) -> None:
        """Raise :class:`Resting` where the part is left alone; in a half-open breaker one call passes."""
        with self._lock:
            if self.stats.state == "half-open" or (
                self.stats.state == "open" and self._clock() - self._since < self._pause
            ):
                self.stats.refused += 1
                raise Resting
            if self.stats.state == "open":
                self.stats.state = "half-open"
            self.stats.calls += 1

    def succeeded(self) -> None:
        """The part works."""
        with self._lock:
            self._row, self.stats.state = 0, "closed"

    def failed(self, *, late: bool = False) -> None:
        """The part failed; it is left alone after enough of that, and at once where it was only being tried."""
        with self._lock:
            self._row += 1
            self.stats.failures += 1
            self.stats.late += late
            if self._row >= self._most or self.stats.state == "half-open":
                self.stats.opened += self.stats.state != "open"
                self.stats.state, self._since = "open", self._clock()


class Lane:
    """Runs calls one after the other in a thread of its own, so that a call that hangs holds that thread and no other.

    Parameters
    ----------
    deadline
        Seconds that a call may take; ``first``: the first one that succeeds, which may have to load a model.
    refusal
        Whether an exception says something about what was asked, and nothing about the part.
    """

    def __init__(
        self,
        name: str,
        breaker: Breaker,
        *,
        deadline: float,
        first: float = 5.0,
        refusal: Callable[[Exception], bool] = lambda _: False,
    ) -> None:
        self.breaker = breaker
        self._name, self._deadline, self._first, self._refusal = name, deadline, first, refusal
        self._loaded = False
        self._turn = threading.Lock()
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last: Future[Any] | None = None

    def call(self, task: Callable[[], T]) -> T:
        """What the task gives.

        Raises
        ------
        Resting
            The part is left alone, or a call before this one still hangs.
        TimeoutError
            It took too long; what it gives later is thrown away.
        Exception
            What the task raised.
        """
        self.breaker.enter()
        deadline = self._deadline if self._loaded else max(self._first, self._deadline)
        until = time.monotonic() + deadline
        if not self._turn.acquire(timeout=deadline):
            self.breaker.failed(late=True)
            raise TimeoutError(self._name)
        try:
            if self.busy:
                self.breaker.failed(late=True)
                raise Resting
            found = self._started(task).result(max(until - time.monotonic(), 0.0))
        except Late:
            self.breaker.failed(late=True)
            raise TimeoutError(self._name) from None
        except Resting:
            raise
        except Exception as error:
            if self._refusal(error):
                self.breaker.succeeded()
            else:
                self.breaker.failed()
            raise
        finally:
            if self._last is not None and self._last.done():
                self._last = None  # an error holds the frames of whoever it was raised in
            self._turn.release()
        self._loaded = True
        return found  # type: ignore[no-any-return]

    @property
    def busy(self) -> bool:
        """Whether a call that nobody waits for any more still hangs."""
        return self._last is not None and not self._last.done()

    def close(self) -> None:
        """Let the thread end, once what it does has."""
        self._tasks.put(None)

    def failed(self) -> None:
        """What the last call gave was wrong."""
        self.breaker.failed()

    def succeeded(self) -> None:
        """What the last call gave was right."""
        self.breaker.succeeded()

    def _started(self, task: Callable[[], T]) -> "Future[Any]":
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name=f"lane {self._name}", daemon=True)
            self._thread.start()
        self._last = Future()
        self._tasks.put((self._last, task))
        return self._last

    def _work(self) -> None:
        while (asked := self._tasks.get()) is not None:
            future, task = asked
            try:
                future.set_result(task())
            except BaseException as error:
                future.set_exception(error)
            del asked, future, task
