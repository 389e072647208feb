"""What the columns of an unknown file probably mean, with the reasons, to be shown before it is used."""

import re
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wares.errors import MappingError
from wares.mapping import Mapping, parse_mapping

# Target → what merchants call it, in English and Chinese, best first; compared without case, blanks and punctuation.
_NAMES = {
    "id": """product_id item_group_id parent_id parent_sku handle spu id item_id asin
        商品id 商品编号 产品编号 商品编码 货号 编号""",
    "sku": "sku variant_id variant_sku sku_id sku编码 规格编码",
    "title": "title name product_name product_title item_name 标题 商品标题 商品名称 产品名称 名称 品名",
    "description": """description body desc long_description product_description details
        描述 商品描述 详情 商品详情 简介 介绍""",
    "brand": "brand manufacturer vendor brand_name maker 品牌 商标 厂商",
    "price": "price sale_price current_price unit_price 价格 售价 现价 单价 促销价 优惠价",
    "list_price": "list_price compare_at_price original_price msrp regular_price rrp 原价 市场价 吊牌价 划线价",
    "currency": "currency currency_code price_currency 币种 货币",
    "availability": "availability available in_stock stock_status 库存状态 是否有货 状态",
    "stock": "stock quantity inventory qty stock_quantity inventory_quantity 库存 库存数量 数量",
    "gtin": "gtin ean upc barcode ean13 gtin13 isbn 条码 条形码 商品条码 国际条码",
    "language": "language lang locale 语言",
    "tags": "tags keywords labels 标签 关键词",
    "rating": "rating average_rating stars rating_value score 评分 平均分",
    "rating_count": "rating_count review_count reviews_count num_reviews ratings 评论数 评价数",
    "created": "created created_at date_released release_date published_at 上架时间 创建时间 发布时间",
    "updated": "updated updated_at modified 更新时间",
}
_IMAGES = """image images image_url image_link picture picture_url pictures photo photos img image_src
    图片 主图 图片链接 商品图片 图片地址"""
_CLIPS = "video video_url clip 视频 主图视频"
_CATEGORIES = "category categories product_type category_path department 类目 分类 商品分类 类别 商品类目"
_LEVELS = """master_category main_category category sub_category article_type
    一级类目 二级类目 三级类目 一级分类 二级分类 三级分类"""
_OPTIONS = {
    "color": "color colour base_colour base_color 颜色 颜色分类",
    "size": "size 尺码 尺寸 规格",
}
_MINOR = re.compile(r"cents?$|minor|分[)）]?$", re.IGNORECASE)
_PRICE = re.compile(r"^(price|售价|价格)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping and, line by line, why."""

    mapping: Mapping
    reasons: tuple[str, ...]


def guess(columns: MappingOf[str, Sequence[Any]]) -> Guess:
    """Guess from the names of the columns and their first values.

    Raises
    ------
    MappingError
        No column looks like a title, or like an id.
    """
    found = _Guesser(columns)
    found.take_named()
    found.take_categories()
    found.take_media()
    found.take_options()
    return found.finish()


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


class _Guesser:
    def __init__(self, columns: MappingOf[str, Sequence[Any]]) -> None:
        self._columns = columns
        self._free: dict[str, str] = {_key(name): name for name in reversed(list(columns))}
        self._fields: dict[str, Any] = {}
        self._reasons: list[str] = []

    def take_named(self) -> None:
        for target, names in _NAMES.items():
            column = self._pop(names)
            if column is None and target == "price":
                column = next((name for name in self._free.values() if _PRICE.match(name)), None)
                self._free.pop(_key(column or ""), None)
            if column is None:
                continue
            if target in ("price", "list_price") and _MINOR.search(column):
                self._put(target, {"column": column, "unit": "minor"}, f"{column}, which counts cents")
            elif target == "tags" and (mark := self._separator(column, ",;|、")):
                self._put(target, {"column": column, "split": mark}, f"{column}, cut at {mark!r}")
            else:
                self._put(target, column, column)
        if "id" not in self._fields and "sku" in self._fields:
            self._put("id", self._fields.pop("sku"), "the SKU, since nothing else names a product")

    def take_categories(self) -> None:
        known = [name for key in map(_key, _LEVELS.split()) if (name := self._free.get(key))]
        if len(known) > 1:
            for name in known:
                self._free.pop(_key(name))
            self._put("categories", {"column": known}, f"{', '.join(known)}, from general to special")
        elif column := self._pop(_CATEGORIES):
            mark = self._separator(column, ">/|»") or ">"
            self._put("categories", {"column": column, "separator": mark}, f"{column}, levels cut at {mark!r}")

    def take_media(self) -> None:
        for target, names in (("images", _IMAGES), ("clips", _CLIPS)):
            keys = {_key(name) for name in names.split()}
            columns = [
                name for name in self._columns if re.sub(r"\d+$", "", _key(name)) in keys and _key(name) in self._free
            ]
            for name in columns:
                self._free.pop(_key(name))
            if columns:
                mark = self._separator(columns[0], ",;|") if len(columns) == 1 else ""
                self._put(target, {"column": columns} | ({"split": mark} if mark else {}), ", ".join(columns))

    def take_options(self) -> None:
        options = {name: column for name, names in _OPTIONS.items() if (column := self._pop(names))}
        if options:
            self._put("options", options, ", ".join(options.values()))

    def finish(self) -> Guess:
        for target in ("id", "title"):
            if target not in self._fields:
                fix = f"write a mapping; the columns are {', '.join(self._columns)}"
                raise MappingError(f"no column looks like the {target}", fix=fix)
        if self._free:
            rest = [name for name in self._columns if self._free.get(_key(name)) == name]
            rest = list(dict.fromkeys(f"{name.split('.')[0]}.*" if "." in name else name for name in rest))
            self._put("attributes", {"columns": rest}, f"every other column: {', '.join(rest)}")
        source: dict[str, Any] = {"holds": "products", "fields": self._fields}
        if "sku" in self._fields and self._repeats(self._fields["id"]):
            source["grouped"] = True
            self._reasons.append(f"grouped: {self._fields['id']} repeats, so its rows are variants of one product")
        return Guess(parse_mapping({"sources": [source]}), tuple(self._reasons))

    def _pop(self, names: str) -> str | None:
        return next((self._free.pop(key) for key in map(_key, names.split()) if key in self._free), None)

    def _put(self, target: str, value: Any, reason: str) -> None:
        self._fields[target] = value
        self._reasons.append(f"{target}: {reason}")

    def _separator(self, column: str, marks: str) -> str:
        texts = [value for value in self._columns[column] if isinstance(value, str) and value and "://" not in value]
        return next((mark for mark in marks if sum(mark in text for text in texts) * 3 > len(texts)), "")

    def _repeats(self, column: str) -> bool:
        values = [value for value in self._columns[column] if value]
        return len(set(map(str, values))) < len(values)
