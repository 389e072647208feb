"""A small bilingual catalogue, its vocabulary, and what an index of it would know."""

from collections import Counter
from functools import cache

import numpy as np

from wares.encode.words import WordsAnalyzer
from wares.search.spelling.lexicon import LexiconBuilder
from wares.types import Category, Product, Translation, Variant

analyzer = WordsAnalyzer()
TITLES = {
    "Women's floral summer dress": "夏季碎花连衣裙女",
    "Running shoes for men": "男士运动鞋跑步",
    "Adidas running shoes": "阿迪达斯跑步鞋",
    "Bluetooth headphones": "蓝牙耳机",
    "Samsung mobile phone": "三星手机",
    "Huawei mobile phone 5G": "华为手机5G",
    "Phone case": "手机壳",
    "Apple phone": "苹果手机",
    "Stainless steel bottle 500ml": "不锈钢水壶500毫升",
    "Denim jeans": "牛仔裤",
    "Cotton T-Shirt": "纯棉T恤",
    "Evening dress": "晚礼服",
}
CATEGORIES = {
    "Women's floral summer dress": ("Women > Dresses", "女装 > 连衣裙"),
    "Evening dress": ("Women > Dresses", "女装 > 连衣裙"),
    "Running shoes for men": ("Men > Running shoes", "男装 > 跑步鞋"),
}


def products():
    for number in range(12):
        for at, (english, chinese) in enumerate(TITLES.items()):
            own, theirs = CATEGORIES.get(english, ("Things", "东西"))
            yield Product(
                f"p{number}-{at}",
                english,
                (Variant(f"v{number}-{at}"),),
                language="en",
                brand="Luma",
                categories=(Category(own),),
                attributes={"color": "Red"},
                translations={"zh-CN": Translation(chinese, categories=(theirs,), attributes={"color": "红色"})},
            )


@cache
def lexicon():
    builder = LexiconBuilder(analyzer)
    for product in products():
        builder.add(product)
    return builder.finish()


@cache
def having():
    """Term → number of products."""
    counts = Counter()
    for product in products():
        texts = [
            ("en", product.title),
            ("en", product.brand),
            *((tag, t.title) for tag, t in product.translations.items()),
        ]
        texts += [("en", c.value) for c in product.categories]
        texts += [(tag, path) for tag, t in product.translations.items() for path in t.categories]
        texts += [("en", "Red"), ("zh", "红色")]
        counts.update({term for tag, text in texts for term in analyzer.terms(text, tag)})
    return counts


def frequencies(terms):
    return np.array([having()[term] for term in terms], np.int64)


def expand(prefix, limit=20):
    found = sorted((-count, term) for term, count in having().items() if term.startswith(prefix))
    return tuple(term for _, term in found[:limit])
