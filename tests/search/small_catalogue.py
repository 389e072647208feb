"""A catalogue of a few dozen products, small enough to know by heart, in English and Chinese."""

from wares.encode.words import WordsAnalyzer
from wares.search.intents.entities import Entities
from wares.search.intents.naming import EntitiesBuilder
from wares.search.intents.reader import IntentReader
from wares.types import Category, Money, Product, Quantity, Rating, Translation, Variant

ANALYZER = WordsAnalyzer()
COLOURS = (("black", "黑色"), ("red", "红色"), ("blue", "蓝色"), ("white", "白色"), ("orange", "橙色"))

COLOUR = {"Red": "红色", "Black": "黑色", "Navy Blue": "藏蓝色", "Blue": "蓝色", "White": "白色", "Burgundy": "酒红色"}
STUFF = {"Leather": "真皮", "Suede": "麂皮", "Cotton": "棉质", "Wool": "羊毛"}
KINDS = {
    "Running shoes": ("跑鞋", "Shoes > Running shoes", "鞋 > 跑鞋", ("41", "42", "9")),
    "Boots": ("靴子", "Shoes > Boots", "鞋 > 靴子", ("EU 41", "EU 42")),
    "Dress": ("连衣裙", "Clothing > Dresses", "服装 > 连衣裙", ("S", "M", "XL")),
    "T-shirt": ("T恤", "Clothing > T-shirts", "服装 > T恤", ("M", "2XL")),
    "Jeans": ("牛仔裤", "Clothing > Jeans", "服装 > 牛仔裤", ("W32/L34",)),
}
BRANDS = ("Under Armour", "Levi's", "Nike", "7 For All Mankind", "Nothing", "Next", "No7", "Off-White", "小米")


def products(*, coloured: float = 1.0) -> list[Product]:
    """One of each kind in each colour; a share of them says its colour."""
    every = []
    for at, (kind, colour) in enumerate((kind, colour) for kind in KINDS for colour in COLOUR):
        chinese, path, chinese_path, sizes = KINDS[kind]
        stuff = list(STUFF)[at % 4]
        brand = BRANDS[at % len(BRANDS)]
        women = at % 2 == 0
        says = {"material": stuff, "gender": "Women" if women else "Men"}
        said = {"material": STUFF[stuff], "gender": "女士" if women else "男士"}
        if at < coloured * 30:
            says |= {"color": colour}
            said |= {"color": COLOUR[colour]}
        every.append(
            Product(
                id=f"p{at}",
                title=f"{brand} {'Women' if women else 'Men'} {colour} {stuff} {kind}",
                variants=tuple(
                    Variant(
                        f"p{at}-{size}",
                        price=Money(1999 + 1000 * at, "EUR"),
                        list_price=Money(99900, "EUR"),
                        options={"size": size},
                    )
                    for size in sizes
                ),
                brand=brand,
                language="en",
                categories=(Category(path),),
                rating=Rating(4.0, 3),
                attributes=says | {"weight": Quantity(500.0, "g")},
                translations={
                    "zh": Translation(
                        f"{brand}{said['gender']}{COLOUR[colour]}{STUFF[stuff]}{chinese}", "", (chinese_path,), said
                    )
                },
            )
        )
    # "next" is mostly no brand, "orange" mostly no colour, and screens have inches and memory.
    every += [Product(f"n{at}", f"Next generation lamp {at}", (Variant(f"n{at}"),), brand="Lumo") for at in range(9)]
    every += [Product(f"o{at}", f"Fresh orange juice {at}", (Variant(f"o{at}"),)) for at in range(3)]
    screen = {"screen": Quantity(38.1, "cm"), "memory": Quantity(16.0, "GB"), "volume": Quantity(500.0, "ml")}
    every += [Product("s1", "Laptop", (Variant("s1"),), brand="Apple", attributes=screen)]
    every += [Product(f"a{at}", f"Case for Apple iPhone {at}", (Variant(f"a{at}"),), brand="Casey") for at in range(4)]
    return every


def entities(every: list[Product]) -> Entities:
    builder = EntitiesBuilder(ANALYZER, COLOURS)
    for product in every:
        builder.add(product)
    return builder.finish()


def reader(every: list[Product] | None = None, currency: str = "EUR", digits: int = 2) -> IntentReader:
    known = entities(products() if every is None else every)
    return IntentReader(known, ANALYZER, currency=currency, digits=digits)
