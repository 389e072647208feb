"""How many requests a client may send."""

import pytest

from wares.serve.access.limits import Requests
from wares.serve.access.meter import Refused
from wares.serve.access.tally import Tally


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def requests(now):
    return Requests(Tally(clock=lambda: now[0]))


def refused_for(requests: Requests, rate: str, client: str = "ann") -> int:
    """After how many seconds to ask again; 0: at once."""
    try:
        requests.take(rate, client)
    except Refused as refused:
        return refused.retry_after
    return 0


def test_a_window_begins_with_the_first_and_ends_a_minute_later(requests, now):
    assert refused_for(requests, "2/minute") == 0
    now[0] += 20
    assert [refused_for(requests, "2/minute") for _ in range(3)] == [0, 40, 40]
    assert refused_for(requests, "2/minute", "bob") == 0
    now[0] += 40
    assert [refused_for(requests, "2/minute") for _ in range(3)] == [0, 0, 60]


def test_every_part_of_a_rate_holds_and_what_is_refused_is_not_counted(requests, now):
    rate = "2/second; 3/minute"
    assert [refused_for(requests, rate) for _ in range(9)] == [0, 0] + [1] * 7
    now[0] += 1
    assert [refused_for(requests, rate) for _ in range(2)] == [0, 59]


def test_no_rate_is_no_limit_and_none_at_all_is_nothing(requests):
    assert {refused_for(requests, "") for _ in range(100)} == {0}
    assert refused_for(requests, "0/second") == 1
