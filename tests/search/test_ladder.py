from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wares.search.ladder import MOST_STEPS, climb, steps
from wares.types import Between, Chip, Correction, OneOf, Query, Understood

RED = Chip("color:red", "filter", "red", OneOf("color", ("Red",)))
NINE = Chip("size:9", "filter", "size 9", OneOf("size", ("9",)))
CHEAP = Chip("price", "filter", "under 50", Between("price", None, 5000))
LUMA = Chip("brand:luma", "filter", "luma", OneOf("brand", ("Luma",)))
TEES = Chip("category", "filter", "tees", OneOf("category", ("Tees",)))
NICE = Chip("nice", "boost", "nice", OneOf("nice", ("true",)))
NO_NUTS = Chip("nuts", "without", "without nuts", OneOf("allergen", ("nuts",)))
CHIPS = (RED, NINE, CHEAP, LUMA, TEES, NICE, NO_NUTS)


def tried(query, understood, finds, **settings):
    """The queries that are attempted until one is found by ``finds``, and what was climbed to."""
    asked = []

    def attempt(query):
        asked.append(query)
        return (7, "page") if finds(query) else (0, "empty")

    return asked, climb(query, understood, attempt, **settings)


def test_the_step_of_the_example():
    understood = Understood("boots", "en", (RED, NINE))
    asked, climbed = tried(Query("red boots size 9"), understood, lambda query: "size:9" in query.dropped)
    assert [query.dropped for query in asked] == [("color:red",), ("size:9",)]
    assert (climbed.total, climbed.found, climbed.tried) == (7, "page", 2)
    assert (climbed.step.notice.code, climbed.step.notice.text) == (
        "chip_dropped",
        "Nothing in size 9; showing all sizes.",
    )


def test_the_order_of_the_steps():
    understood = Understood("boots qqq", "en", (CHEAP, NINE, RED, NO_NUTS, NICE), Correction("boots", "bots", True))
    query = Query("bots qqq", filters=(OneOf("brand", ("Luma",)),))
    assert [
        (step.notice.code, step.query.literal, step.query.dropped, step.query.text, len(step.query.filters))
        for step in steps(query, understood)
    ] == [
        ("uncorrected", True, (), "bots qqq", 1),
        ("chip_dropped", False, ("color:red",), "bots qqq", 1),
        ("chip_dropped", False, ("size:9",), "bots qqq", 1),
        ("chips_dropped", False, ("color:red", "size:9"), "bots qqq", 1),
        ("price_widened", False, ("price",), "bots qqq", 2),
        ("chip_dropped", False, ("price",), "bots qqq", 1),
    ]


def test_a_price_is_a_quarter_wider():
    both = replace(CHEAP, filter=Between("price", 4000, 8000))
    wider = [next(iter(steps(Query("x"), Understood("x", "en", (chip,))))).query.filters for chip in (CHEAP, both)]
    assert wider == [(Between("price", None, 6250),), (Between("price", 3000, 10000),)]


def test_an_offered_correction_is_applied():
    (step,) = steps(Query("shose"), Understood("shose", "en", (), Correction("shoes", "shose")))
    assert (step.query.text, step.query.literal) == ("shoes", False)
    assert step.notice.text == "Nothing for “shose”; showing results for “shoes”."


def test_it_speaks_chinese():
    understood = Understood("靴子", "zh", (RED, NINE))
    texts = [step.notice.text for step in steps(Query("红色靴子"), understood)]
    assert texts == [
        "没有“red”的商品，以下显示所有颜色。",
        "没有“size 9”的商品，以下显示所有尺码。",
        "没有同时符合“red”、“size 9”的商品，以下结果不限这些条件。",
    ]


def test_nothing_is_tried_where_nothing_can_be_given_up():
    assert list(steps(Query(photo=b"x", filters=(RED.filter,)), Understood())) == []
    assert list(steps(Query("qqq"), Understood("qqq", "en", (NICE, NO_NUTS)))) == []
    assert climb(Query(), Understood(), lambda query: (1, None)) is None


understandings = st.builds(
    Understood,
    text=st.just("a b"),
    language=st.sampled_from(("en", "zh", "")),
    chips=st.lists(st.sampled_from(CHIPS), unique=True).map(tuple),
    correction=st.none() | st.builds(Correction, st.just("a b"), st.just("{a} b"), st.booleans()),
)
queries = st.builds(
    Query,
    text=st.sampled_from(("a b", "{a} b", "")),
    filters=st.lists(st.sampled_from((RED.filter, Between("price", 1, 2)))).map(tuple),
    dropped=st.sampled_from(((), ("gone",))),
    literal=st.booleans(),
)


@given(queries, understandings)
def test_what_was_chosen_by_hand_or_ruled_out_stays_and_the_attempts_are_bounded(query, understood):
    asked, climbed = tried(query, understood, lambda query: False)
    assert climbed is None
    assert len(asked) <= MOST_STEPS
    for attempt in asked:
        assert attempt.filters[: len(query.filters)] == query.filters
        assert {*query.dropped} <= {*attempt.dropped} <= {*query.dropped, *(chip.key for chip in understood.chips)}
        assert not {NO_NUTS.key, NICE.key} & {*attempt.dropped}
        assert attempt != query
    assert all(step.notice.text for step in steps(query, understood))


@given(queries, understandings, st.integers(0, 8))
def test_it_stops_at_the_first_step_that_finds_something(query, understood, which):
    every = list(steps(query, understood))[:MOST_STEPS]
    goal = every[which].query if which < len(every) else None
    asked, climbed = tried(query, understood, lambda query: query == goal)
    if goal is None:
        assert climbed is None
    else:
        assert climbed.step.query == goal == asked[-1]
        assert goal not in asked[:-1]
