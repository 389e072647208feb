import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.small_catalogue import ANALYZER, COLOURS, entities, products, reader
from wares.search.intents.reader import IntentReader
from wares.types import AllOf, AnyOf, Between, Not, OneOf, Says

ENGLISH = [
    ("boots cleaner", "boots cleaner", ""),
    ("boots for women", "boots for women", "boost category:Shoes > Boots; boost gender:Women"),
    ("light blue", "light blue", "boost color:Blue"),
    ("shoes - nike", "shoes - nike", "boost category:Shoes; boost brand:Nike"),
    ("shoes under 80 EUR", "shoes", "boost category:Shoes; filter price:..8000"),
    ("dress below €50", "dress", "boost category:Clothing > Dresses; filter price:..5000"),
    ("jeans < 100", "jeans", "boost category:Clothing > Jeans; filter price:..10000"),
    ("boots between 20 and 40 euros", "boots", "boost category:Shoes > Boots; filter price:2000..4000"),
    ("20-40€ t-shirt", "t-shirt", "filter price:2000..4000; boost category:Clothing > T-shirts"),
    ("boots over 30", "boots", "boost category:Shoes > Boots; filter price:3000.."),
    ("at least 30 euros", "", "filter price:3000.."),
    ("jeans around 50 euros", "jeans", "boost category:Clothing > Jeans; filter price:4000..6000"),
    ("boots up to €99,50", "boots", "boost category:Shoes > Boots; filter price:..9950"),
    ("boots under 1.5k", "boots", "boost category:Shoes > Boots; filter price:..150000"),
    ("boots under $50", "boots", "boost category:Shoes > Boots"),
    ("€50 or less", "", "filter price:..5000"),
    ("from 10 to 20 euros", "", "filter price:1000..2000"),
    ("cheap boots", "cheap boots", "boost category:Shoes > Boots"),
    ("size 9 running shoes", "running shoes", "filter size:9; boost category:Shoes > Running shoes"),
    ("dress size m", "dress", "boost category:Clothing > Dresses; filter size:m"),
    ("EU 42 boots", "boots", "filter size:eu 42; boost category:Shoes > Boots"),
    ("t-shirt size XXL", "t-shirt", "boost category:Clothing > T-shirts; filter size:xxl"),
    ("size 55 boots", "size 55 boots", "boost category:Shoes > Boots"),
    ("boots 500 g", "boots 500 g", "boost category:Shoes > Boots; boost quantity:500 g"),
    ("15 inch laptop", "15 inch laptop", "boost quantity:38.1 cm"),
    ("16GB laptop", "16GB laptop", "boost quantity:16 GB"),
    ("red dress", "red dress", "boost color:Red; boost category:Clothing > Dresses"),
    ("navy blue dress", "navy blue dress", "boost color:Navy Blue; boost category:Clothing > Dresses"),
    ("blue jeans", "blue jeans", "boost color:Blue; boost category:Clothing > Jeans"),
    ("orange juice", "orange juice", ""),
    ("nike boots", "nike boots", "boost brand:Nike; boost category:Shoes > Boots"),
    ("under armour shoes", "under armour shoes", "boost brand:Under Armour; boost category:Shoes"),
    ("levi's 501", "levi's 501", "boost brand:Levi's"),
    ("levis jeans", "levis jeans", "boost brand:Levi's; boost category:Clothing > Jeans"),
    (
        "7 for all mankind jeans",
        "7 for all mankind jeans",
        "boost brand:7 For All Mankind; boost category:Clothing > Jeans",
    ),
    ("women's boots", "women's boots", "boost gender:Women; boost category:Shoes > Boots"),
    ("ladies dress", "ladies dress", "boost gender:Women; boost category:Clothing > Dresses"),
    ("suede boots", "suede boots", "boost material:Suede; boost category:Shoes > Boots"),
    ("boots -leather", "boots", "boost category:Shoes > Boots; without without:leather"),
    ("boots without leather", "boots", "boost category:Shoes > Boots; without without:leather"),
    ("no leather boots", "boots", "without without:leather; boost category:Shoes > Boots"),
    ("not leather", "", "without without:leather"),
    ("boots except red", "boots", "boost category:Shoes > Boots; without without:red"),
    ("dress without sleeves", "dress", "boost category:Clothing > Dresses; without without:sleev"),
    ("-leather", "", "without without:leather"),
    ("boots in stock", "boots", "boost category:Shoes > Boots; filter in_stock:true"),
    ("boots on sale", "boots", "boost category:Shoes > Boots; filter on_sale:true"),
    ("boots 4 stars and up", "boots", "boost category:Shoes > Boots; filter rating:4.."),
    ("Off-White t-shirt", "Off-White t-shirt", "boost brand:Off-White; boost category:Clothing > T-shirts"),
    ("apple", "apple", "boost brand:Apple"),
    ("DC-40X battery", "DC-40X battery", ""),
    ("4006381333931", "4006381333931", ""),
    ("apple iphone case", "apple iphone case", ""),
    ("next generation lamp", "next generation lamp", ""),
    ("no 7 serum", "no 7 serum", "boost brand:No7"),
    ("above ground pool", "above ground pool", ""),
    ("nothing phone", "nothing phone", "boost brand:Nothing"),
    ("without you poster", "without you poster", ""),
    ("size guide", "size guide", ""),
    ("iphone 15", "iphone 15", ""),
    ("5-in-1 tool", "5-in-1 tool", ""),
    ("off-white sneakers", "off-white sneakers", "boost brand:Off-White"),
    ("sugar-free gum", "sugar-free gum", ""),
    ("no show socks", "no show socks", ""),
    ("iphone 15 pro max 256", "iphone 15 pro max 256", ""),
    ("under 10 inch tablet", "under 10 inch tablet", ""),
    ("sofa bed for sale", "sofa bed for sale", ""),
    ("4k tv", "4k tv", ""),
    ("best rated tv", "best rated tv", ""),
    ("red-eye flight pillow", "red-eye flight pillow", ""),
]
CHINESE = [
    ("真皮靴子", "真皮靴子", "boost material:Leather; boost category:鞋 > 靴子"),
    ("靴子清洁剂", "靴子清洁剂", ""),
    ("靴子 女士", "靴子 女士", "boost category:鞋 > 靴子; boost gender:Women"),
    ("两百元以下的红色跑鞋", "红色跑鞋", "filter price:..20000; boost color:Red; boost category:鞋 > 跑鞋"),
    ("200块以内", "", "filter price:..20000"),
    ("100到200元的靴子", "靴子", "filter price:10000..20000; boost category:鞋 > 靴子"),
    ("连衣裙不超过三百", "连衣裙", "boost category:服装 > 连衣裙; filter price:..30000"),
    ("五十元左右", "", "filter price:4000..6000"),
    ("两百五以内的跑鞋", "跑鞋", "filter price:..25000; boost category:鞋 > 跑鞋"),
    ("一千二百元以上的靴子", "靴子", "filter price:120000..; boost category:鞋 > 靴子"),
    ("2千元以下", "", "filter price:..200000"),
    ("1万元以内的靴子", "靴子", "filter price:..1000000; boost category:鞋 > 靴子"),
    ("预算500的跑鞋", "跑鞋", "filter price:..50000; boost category:鞋 > 跑鞋"),
    ("价格100到200的连衣裙", "连衣裙", "filter price:10000..20000; boost category:服装 > 连衣裙"),
    ("低于50美元的T恤", "T恤", "boost category:服装 > T恤"),
    ("尺码42的靴子", "靴子", "filter size:42; boost category:鞋 > 靴子"),
    ("42码跑鞋", "跑鞋", "filter size:42; boost category:鞋 > 跑鞋"),
    ("XL码连衣裙", "连衣裙", "filter size:xl; boost category:服装 > 连衣裙"),
    ("M码T恤", "T恤", "filter size:m; boost category:服装 > T恤"),
    ("红色连衣裙", "红色连衣裙", "boost color:Red; boost category:服装 > 连衣裙"),
    ("女士红色跑鞋", "女士红色跑鞋", "boost gender:Women; boost color:Red; boost category:鞋 > 跑鞋"),
    ("藏蓝色牛仔裤", "藏蓝色牛仔裤", "boost color:Navy Blue; boost category:服装 > 牛仔裤"),
    ("蓝色牛仔裤", "蓝色牛仔裤", "boost color:Blue; boost category:服装 > 牛仔裤"),
    ("真皮连衣裙", "真皮连衣裙", "boost material:Leather; boost category:服装 > 连衣裙"),
    ("羊毛连衣裙", "羊毛连衣裙", "boost material:Wool; boost category:服装 > 连衣裙"),
    ("小米T恤", "小米T恤", "boost brand:小米; boost category:服装 > T恤"),
    ("跑鞋男", "跑鞋男", "boost category:鞋 > 跑鞋; boost gender:Men"),
    ("女款跑鞋", "女款跑鞋", "boost gender:Women; boost category:鞋 > 跑鞋"),
    ("不要皮的靴子", "靴子", "without without:皮; boost category:鞋 > 靴子"),
    ("不要真皮", "", "without without:真皮"),
    ("不含酒精的面霜", "面霜", "without without:酒精"),
    ("靴子不要红色", "靴子", "boost category:鞋 > 靴子; without without:红色"),
    ("除了红色以外的跑鞋", "跑鞋", "without without:红色; boost category:鞋 > 跑鞋"),
    ("没有帽子的卫衣", "没有帽子的卫衣", ""),
    ("有货的靴子", "靴子", "filter in_stock:true; boost category:鞋 > 靴子"),
    ("打折的连衣裙", "连衣裙", "filter on_sale:true; boost category:服装 > 连衣裙"),
    ("4星以上的跑鞋", "跑鞋", "filter rating:4..; boost category:鞋 > 跑鞋"),
    ("四星以上", "", "filter rating:4.."),
    ("500克面粉", "500克面粉", "boost quantity:500 g"),
    ("15英寸电脑", "15英寸电脑", "boost quantity:38.1 cm"),
    ("红色和黑色跑鞋", "红色和黑色跑鞋", "boost color:Red; boost color:Black; boost category:鞋 > 跑鞋"),
    ("紅色連衣裙", "紅色連衣裙", "boost color:Red; boost category:服装 > 连衣裙"),
    ("无糖饼干", "无糖饼干", ""),
    ("无线耳机", "无线耳机", ""),
    ("不锈钢锅", "不锈钢锅", ""),
    ("红牛", "红牛", ""),
    ("黄金叶", "黄金叶", ""),
    ("无印良品", "无印良品", ""),
    ("蛋挞皮", "蛋挞皮", ""),
    ("100以内加减法", "100以内加减法", ""),
    ("三岁以下玩具", "三岁以下玩具", ""),
    ("不超过三斤的狗", "不超过三斤的狗", ""),
    ("大码女装", "大码女装", "boost gender:Women"),
    ("口红", "口红", ""),
    ("非洲鼓", "非洲鼓", ""),
    ("不倒翁", "不倒翁", ""),
    ("特斯拉", "特斯拉", ""),
    ("没有人像你", "没有人像你", ""),
    ("三百六十度", "三百六十度", ""),
    ("儿女双全", "儿女双全", ""),
]
EVERY = products()
READERS = {"en": reader(EVERY), "zh": reader(EVERY, "CNY")}


def said(intents):
    return "; ".join(f"{chip.kind} {chip.key}" for chip in intents.chips)


@pytest.mark.parametrize(("text", "left", "chips"), ENGLISH)
def test_english(text, left, chips):
    intents = READERS["en"].read(text, "en")
    assert (intents.text, said(intents)) == (left, chips)


@pytest.mark.parametrize(("text", "left", "chips"), CHINESE)
def test_chinese(text, left, chips):
    intents = READERS["zh"].read(text, "zh")
    assert (intents.text, said(intents)) == (left, chips)


def test_filters_say_what_the_chips_say():
    intents = READERS["en"].read("red leather boots size EU 42 under 80 euros without suede", "en")
    suede = OneOf("material", ("Suede",))
    free = AllOf((Says(("sued",)), Not(Says(("suedefre",)))))
    assert intents.filters == (
        OneOf("size", ("EU 42",)),
        Between("price", None, 8000.0),
        Not(AnyOf((free, suede))),
    )
    assert intents.boosts == {
        "color": OneOf("color", ("Red",)),
        "attribute:material": OneOf("material", ("Leather",)),
        "category": OneOf("category", ("Shoes > Boots",)),
    }
    assert intents.text == "red leather boots"


def test_a_word_of_chinese_without_its_second_sign_means_all_values_with_it():
    (chip,) = READERS["zh"].read("不要皮的", "zh").chips
    assert isinstance(chip.filter, AnyOf)
    assert {part for part in chip.filter.parts if isinstance(part, OneOf)} == {OneOf("material", ("Leather", "Suede"))}


@pytest.mark.parametrize("text", ["red boots", "red tea", "red planet", "red"])
def test_a_colour_lifts_and_never_hides(text):
    known = reader([each for each in EVERY if each.id.startswith("p")])
    assert known.read(text, "en").filters == ()
    assert known.read(text, "en").boosts["color"] == OneOf("color", ("Red",))


def test_a_chinese_colour_has_its_shades():
    known = reader([each for each in EVERY if each.id.startswith("p")])
    assert known.read("红色靴子", "zh").boosts["color"] == OneOf("color", ("Red", "Burgundy"))  # 酒红色 is a 红色


def test_two_colours_are_either_and_a_colour_has_its_shades():
    known = reader([each for each in EVERY if each.id.startswith("p")])
    either = AnyOf((OneOf("color", ("Red",)), OneOf("color", ("Black",))))
    assert known.read("red and black boots", "en").boosts["color"] == either
    assert known.read("light blue jeans", "en").boosts["color"] == OneOf("color", ("Blue", "Navy Blue"))
    assert known.read("light blue jeans", "en").chips[0].words == "light blue"


def test_another_currency_is_told_and_not_converted():
    intents = READERS["en"].read("boots under $50", "en")
    assert [notice.code for notice in intents.notices] == ["other_currency"]
    assert "EUR" in intents.notices[0].text
    assert intents.ignored == ("under $50",)
    assert intents.filters == ()
    assert "EUR" in READERS["en"].read("50美元以下的靴子", "zh").notices[0].text


def test_a_currency_without_decimals():
    assert reader(EVERY, "JPY", 0).read("靴子5000円以下", "zh").filters == (Between("price", None, 5000.0),)


@pytest.mark.parametrize(
    ("text", "key", "left"),
    [
        ("boots under 80 euros", "price:..8000", "boots"),
        ("boots -leather", "without:leather", "boots"),
        ("dress size M", "size:m", "dress size M"),
        ("nike boots", "brand:Nike", "nike boots"),
        ("两百块以下的靴子", "price:..20000", "靴子"),
        ("42码跑鞋", "size:42", "42码跑鞋"),
    ],
)
def test_a_dropped_chip_is_not_applied(text, key, left):
    language = "en" if text.isascii() else "zh"
    before = READERS[language].read(text, language)
    after = READERS[language].read(text, language, (key,))
    assert key in {chip.key for chip in before.chips}
    assert key not in {chip.key for chip in after.chips}
    assert after.text == left
    assert len(after.filters) + len(after.boosts) == len(before.filters) + len(before.boosts) - 1


def test_a_shop_without_prices_or_sizes_reads_neither():
    bare = reader([each for each in EVERY if not each.variants[0].price])
    intents = bare.read("boots size 42 under 80 euros", "en")
    assert (intents.text, intents.chips) == ("boots size 42 under 80 euros", ())


def test_codes_lift_but_are_no_chip():
    intents = READERS["en"].read("battery DC-40X", "en")
    assert "dc40x" in intents.boosts["code"].values
    assert intents.chips == ()


def test_an_empty_catalogue_reads_only_what_needs_no_names():
    empty = IntentReader(entities([]), ANALYZER)
    assert said(empty.read("red nike boots in stock -leather", "en")) == "filter in_stock:true; without without:leather"


words = st.sampled_from([*(text for text, _, _ in (*ENGLISH, *CHINESE)), *(name for pair in COLOURS for name in pair)])
queries = st.text(max_size=80) | st.lists(words | st.text(max_size=4), max_size=5).map(" ".join)


@given(queries)
@example("不要" * 150)
@example("不要㬄:除了㬄")
@example("- -" * 100)
@example("红色" * 150)
@example("under 5 " * 40)
@example("ẞİ under 80 euros İ")
@settings(deadline=None)
def test_words_are_left_or_said_by_a_chip(text):
    for read in READERS.values():
        intents = read.read(text, "en")
        kept = "".join((intents.text, *intents.ignored, *(chip.words for chip in intents.chips)))
        assert set(text[:300]) - set(kept) <= set(" ,，、;；\t\n\r\x0b\x0c") | {s for s in text if s.isspace()}
        assert all(chip.words in text for chip in intents.chips)
        assert len({chip.key for chip in intents.chips}) == len(intents.chips)


class Counting:
    """An analyzer that counts how many signs it was asked to analyse."""

    fingerprint = "counting"

    def __init__(self):
        self.signs = 0

    def terms(self, text, language=""):
        self.signs += len(text)
        return ANALYZER.terms(text, language)


@pytest.mark.parametrize(
    "unit", ["不要", "-", "红", "红色", "a-", "9", "under ", "$1-", "1米", "without ", "二", "7 for all "]
)
def test_any_repetition_is_read_in_bounded_work(unit):
    counting = Counting()
    IntentReader(entities(EVERY), counting, currency="EUR").read(unit * 1000, "en")
    assert counting.signs <= 300 * 60
