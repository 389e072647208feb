"""Every kind of job says what it takes, and refuses what it does not."""

import pytest

import slow_jobs  # noqa: F401
from wares.errors import QueryError
from wares.jobs.work import JobKind, kind_of, made
from wares.registry import names

OURS = [name for name in names("job") if kind_of(name).__module__.startswith("wares.")]


@pytest.mark.parametrize("name", OURS)
def test_a_kind_is_a_model_of_its_arguments(name):
    kind = kind_of(name)
    assert issubclass(kind, JobKind)
    assert kind.__doc__
    with pytest.raises(QueryError, match=r"arguments\.sofa"):
        made(name, dict.fromkeys(kind.model_fields, "x") | {"sofa": 1})


@pytest.mark.parametrize("name", [name for name in OURS if kind_of(name).personal])
def test_what_is_personal_is_shown_nowhere(name):
    job = made(name, dict.fromkeys(kind_of(name).model_fields, "canary"))
    assert "canary" not in str(job.shown())
    assert job.unnamed("canary is not here") == "[personal] is not here"


def test_what_is_not_personal_is_shown():
    job = made("held", {"folder": "x"})
    assert (job.shown(), job.unnamed("x")) == ({"folder": "x", "shop": False}, "x")


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("rebild", {}, "no job is called 'rebild'.*did you mean 'rebuild'"),
        ("rebuild", {"x": 1}, r"arguments\.x"),
        ("erase", {}, r"arguments\.shopper"),
        ("erase", {"shopper": ""}, r"arguments\.shopper"),
        ("erase", {"shopper": ["canary"]}, r"arguments\.shopper"),
    ],
)
def test_a_job_that_cannot_be_is_refused(kind, arguments, said):
    with pytest.raises(QueryError, match=said) as refused:
        made(kind, arguments)
    assert "canary" not in str(refused.value)
