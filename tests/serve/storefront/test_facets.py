from wares.serve.storefront import facets
from wares.serve.storefront.address import Address
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.vocabulary import Vocabulary
from wares.types import Bucket, Facet, FacetValue

EN, ZH = Messages("en"), Messages("zh")
NAMES = Vocabulary(lambda field, value: None)


def facet(field, **counts):
    return {
        field: Facet(field, tuple(FacetValue(value.replace("__", " > "), count) for value, count in counts.items()))
    }


def labels(group):
    return [(choice.label, choice.count, choice.picked, choice.depth) for choice in (*group.shown, *group.more)]


def test_a_ticked_value_stays_even_when_nothing_has_it():
    address = Address(picked=(("color", "Red"), ("color", "Heliotrope")))
    [group] = facets.groups(facet("color", Blue=3, Red=2), address, ZH, NAMES)
    assert labels(group) == [("蓝色", 3, False, 0), ("红色", 2, True, 0), ("Heliotrope", 0, True, 0)]
    assert group.shown[0].href == "/?f.color=Red&f.color=Heliotrope&f.color=Blue"
    assert group.shown[1].href == "/?f.color=Heliotrope"


def test_a_hierarchy_opens_where_it_is_ticked():
    found = facet("category", Home=9, Home__Kitchen=6, Home__Garden=3, Home__Kitchen__Mugs=2, Toys=4, Toys__Bears=1)
    [closed] = facets.groups(found, Address(), EN, NAMES)
    assert [label for label, *_ in labels(closed)] == ["Home", "Toys"]
    [opened] = facets.groups(found, Address(picked=(("category", "Home > Kitchen"),)), EN, NAMES)
    assert labels(opened) == [
        ("Home", 9, False, 0),
        ("Kitchen", 6, True, 1),
        ("Mugs", 2, False, 2),
        ("Garden", 3, False, 1),
        ("Toys", 4, False, 0),
    ]


def test_sizes_go_from_small_to_large():
    [group] = facets.groups(facet("size", L=4, M=3, XS=1, **{"42": 2, "9.5": 2, "One size": 9}), Address(), EN, NAMES)
    assert [label for label, *_ in labels(group)] == ["XS", "M", "L", "9.5", "42", "One size"]


def test_categories_are_in_the_pages_script():
    both = facet("category", Home=2, Home__Mugs=2, 家居=2, 家居__杯子=2)
    assert [one.label for one in facets.departments(both, Address(), EN, NAMES)] == ["Home"]
    assert [one.label for one in facets.departments(both, Address(), ZH, NAMES)] == ["家居"]
    english = facet("category", Home=2, Home__Mugs=2)
    assert [one.label for one in facets.departments(english, Address(), ZH, NAMES)] == ["Home"]


def test_every_chip_takes_exactly_its_own_filter_away():
    address = Address(
        text="mug", picked=(("color", "Red"), ("brand", "Kiln")), low="10", in_stock=True, rating=4, page=3
    )
    found = facets.chips(address, "USD", EN, NAMES)
    assert [chip.label for chip in found] == [
        "Colour: Red",
        "Brand: Kiln",
        "from $10.00",
        "In stock only",
        "4 stars and up",
    ]
    assert found[0].href == "/?q=mug&f.brand=Kiln&min=10&stock=1&rating=4"
    assert found[2].href == "/?q=mug&f.color=Red&f.brand=Kiln&stock=1&rating=4"


def test_steps_leave_gaps():
    def numbers(page, pages):
        return [(step.number, step.current) for step in facets.steps(Address(page=page), pages)]

    assert [n for n, _ in numbers(0, 3)] == [1, 2, 3]
    assert numbers(9, 20) == [(1, 0), (0, 0), (8, 0), (9, 0), (10, 1), (11, 0), (12, 0), (0, 0), (20, 0)]


def test_a_ticked_value_stays_where_its_facet_is_not_counted_or_its_script_not_shown():
    address = Address(picked=(("heel", "High"), ("category", "家居 > 杯子")))
    category, heel = facets.groups(facet("category", Home=2, 家居=2, 家居__杯子=0), address, EN, NAMES)
    assert ("杯子", 0, True, 1) in labels(category)
    assert labels(heel) == [("High", 0, True, 0)]


def test_bars_are_as_high_as_their_counts_and_marked_inside_the_chosen_prices():
    buckets = (Bucket(0, 1000, 8), Bucket(1000, 2000, 4), Bucket(2000, 3000, 0), Bucket(3000, 4000, 1))
    found = {"price": Facet("price", (), 0.0, 4000.0, buckets)}
    shown = facets.histogram(found, Address(low="10", high="25"), "USD", EN)
    assert [bar.height for bar in shown.bars] == [38, 19, 0, 4.75]
    assert [bar.inside for bar in shown.bars] == [False, True, True, False]
    assert [bar.x for bar in shown.bars] == [2.5, 27.5, 52.5, 77.5]
    assert shown.bars[1].label == "$10.00 – $20.00: 4"
    assert facets.histogram({"price": Facet("price", (), 1.0, 1.0, buckets[:1])}, Address(), "USD", EN) is None
    assert facets.histogram({}, Address(), "USD", EN) is None
