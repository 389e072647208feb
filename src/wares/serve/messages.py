"""Every text of the interface, in English and Chinese, in one place."""

from dataclasses import dataclass

LANGUAGES = ("en", "zh")
NAMES = {"en": "English", "zh": "中文"}
LOCALES = {"en": "en_US", "zh": "zh_CN"}

# key → (English, Chinese); ``{n}`` and the like are filled in; ``key.one`` is the English singular.
MESSAGES: dict[str, tuple[str, str]] = {
    # the frame
    "skip": ("Skip to content", "跳到主要内容"),
    "search": ("Search", "搜索"),
    "search.label": ("Search products", "搜索商品"),
    "search.hint": ("What are you looking for?", "想找点什么？"),
    "language": ("Language", "语言"),
    "footer": (
        "Words and photos are searched on this server. No scripts, no trackers, no cookies.",
        "文字和照片都在本服务器上搜索：无脚本、无跟踪、无 Cookie。",
    ),
    # photo search
    "photo": ("Search by photo", "以图搜索"),
    "photo.short": ("Photo", "拍照"),
    "photo.choose": ("Choose or take a photo", "选择或拍摄照片"),
    "photo.words": ("Add words, if you like", "可以再加几个词"),
    "photo.words.hint": ("for example: in blue", "例如：蓝色的"),
    "photo.limits": (
        "JPEG, PNG or WebP, up to {n} MB. Kept for an hour at most, without its metadata.",
        "支持 JPEG、PNG、WebP，最大 {n} MB。照片最多保留一小时，并去除其中的元数据。",
    ),
    "photo.go": ("Search with this photo", "用这张照片搜索"),
    "photo.yours": ("Your photo", "您的照片"),
    "photo.remove": ("Remove photo", "移除照片"),
    "photo.missing": ("No photo was chosen. Choose one and try again.", "尚未选择照片，请选择后再试。"),
    "photo.large": (
        "This photo is larger than {n} MB. Choose a smaller one.",
        "照片超过 {n} MB，请选择较小的照片。",
    ),
    "photo.bad": (
        "This file could not be read as a photo. Choose a JPEG, PNG or WebP picture.",
        "无法将该文件识别为照片，请选择 JPEG、PNG 或 WebP 图片。",
    ),
    "photo.gone": (
        "Your photo is no longer kept here. Please upload it again.",
        "您的照片已过保留期，请重新上传。",
    ),
    # results
    "results": ("{n} products", "共 {n} 件商品"),
    "results.one": ("{n} product", "共 {n} 件商品"),
    "results.for": ("{n} products for “{q}”", "“{q}”的搜索结果，共 {n} 件"),
    "results.for.one": ("{n} product for “{q}”", "“{q}”的搜索结果，共 {n} 件"),
    "all": ("All products", "全部商品"),
    "hero": ("Find it by words. Or show us a photo.", "用文字找，也可以用照片找。"),
    "hero.text": (
        "Describe what you have in mind, in English or Chinese, or upload a picture of something like it.",
        "用中文或英文说出您想要的，或者上传一张相似的图片。",
    ),
    "departments": ("Departments", "商品分类"),
    "sort": ("Sort by", "排序"),
    "sort.relevance": ("Best match", "最相关"),
    "sort.featured": ("Featured", "推荐"),
    "sort.price": ("Price: low to high", "价格从低到高"),
    "sort.-price": ("Price: high to low", "价格从高到低"),
    "sort.newest": ("Newest", "最新上架"),
    "sort.rating": ("Best rated", "评分最高"),
    "pages": ("Pages", "分页"),
    "page": ("Page {n}", "第 {n} 页"),
    "page.of": ("Page {n} of {m}", "第 {n} 页，共 {m} 页"),
    "previous": ("Previous", "上一页"),
    "next": ("Next", "下一页"),
    "past": ("This page is past the end.", "已经没有更多页了。"),
    "past.link": ("Go to the last page", "回到最后一页"),
    # filters
    "filters": ("Filters", "筛选"),
    "filters.active": ("Active filters", "已选条件"),
    "filters.clear": ("Clear all", "全部清除"),
    "filters.show": ("Show results", "查看结果"),
    "filter.remove": ("Remove filter: {what}", "移除条件：{what}"),
    "more": ("Show more", "展开更多"),
    "price.from": ("Lowest price", "最低价"),
    "price.to": ("Highest price", "最高价"),
    "price.apply": ("Apply", "确定"),
    "price.between": ("{low} – {high}", "{low} – {high}"),
    "price.over": ("from {low}", "{low} 起"),
    "price.under": ("up to {high}", "{high} 以下"),
    "stock.only": ("In stock only", "仅看有货"),
    "rating.up": ("{n} stars and up", "{n} 星及以上"),
    # what was read out of the words
    "read": ("Understood as", "已理解为"),
    "read.is": ("{field}: {value}", "{field}：{value}"),
    "read.most": ("{field} ≤ {high}", "{field} ≤ {high}"),
    "read.least": ("{field} ≥ {low}", "{field} ≥ {low}"),
    "read.between": ("{field} {low} – {high}", "{field} {low} – {high}"),
    "read.about": ("{field} ≈ {value}", "{field} ≈ {value}"),
    "read.near": ("within {km} km", "{km} 公里以内"),
    "read.says": ("says “{words}”", "含“{words}”"),
    "read.without": ("without {what}", "不含{what}"),
    "read.or": (" or ", "或"),
    "read.and": (" and ", "且"),
    "read.filter": ("must hold", "必须符合"),
    "read.boost": ("comes first", "优先显示"),
    "read.becomes": ("became", "理解为"),
    "read.remove.filter": ("Take away the condition “{words}” ({what})", "去掉条件“{words}”（{what}）"),
    "read.remove.boost": ("Do not put “{words}” first ({what})", "不再优先“{words}”（{what}）"),
    "read.remove.without": ("Do not leave out “{words}” ({what})", "不再排除“{words}”（{what}）"),
    "read.restore": ("Read all words again", "恢复全部理解"),
    "read.literal": ("Searched for your words exactly as typed.", "已完全按您输入的文字搜索。"),
    "read.literal.undo": ("Let us read them again", "重新智能理解"),
    "spelling.applied": ("Showing results for", "以下显示"),
    "spelling.applied.end": ("", "的搜索结果"),
    "spelling.instead": ("Search instead for", "仍然搜索"),
    "spelling.offered": ("Did you mean", "您是不是要找"),
    # nothing found and other states
    "none": ("Nothing fits this search", "没有找到符合条件的商品"),
    "none.near": ("The nearest we have", "最接近的商品"),
    "none.for": ("We found nothing for “{q}”", "没有找到与“{q}”相关的商品"),
    "none.filters": ("Try it without the filters", "去掉筛选条件再试"),
    "none.photo": ("Search without the photo", "不用照片再搜一次"),
    "none.text": ("Check the spelling, use fewer or more general words.", "请检查拼写，或换用更少、更常见的词。"),
    "none.all": ("Browse all products", "浏览全部商品"),
    "shortened": (
        "Your search was very long; the first {n} characters were used.",
        "搜索内容过长，仅使用了前 {n} 个字符。",
    ),
    "price.unread": ("The price could not be read as a number and was left out.", "价格不是有效数字，已忽略。"),
    "degraded": (
        "Some of the search is resting; results may be simpler than usual.",
        "部分搜索功能暂不可用，结果可能较为简单。",
    ),
    "error.404": ("This page is not here", "页面不存在"),
    "error.404.text": ("It may have moved, or the product is no longer sold.", "页面可能已移动，或商品已下架。"),
    "error.400": ("This could not be read", "请求无法识别"),
    "error.400.text": ("Go back and try it in another way.", "请返回，换一种方式再试。"),
    "error.500": ("Something went wrong on our side", "服务器出了点问题"),
    "error.500.text": ("Please try again in a moment.", "请稍后再试。"),
    # why this?
    "why": ("Why this?", "为什么推荐？"),
    "why.match": ("{n} likely to be what you asked for", "符合您所求的可能性：{n}"),
    "why.word": ("“{term}” is in its {field}", "{field}中有“{term}”"),
    "why.words": ("Your words are in its texts", "文字匹配"),
    "why.coverage": ("It has much of what you asked for", "覆盖了您的大部分要求"),
    "why.text": ("Its texts mean something similar", "描述含义相近"),
    "why.image": ("Its photos look similar", "照片相似"),
    "why.fused": ("Its texts and photos together come close", "图文综合相近"),
    "why.in_stock": ("It is in stock", "有现货"),
    "why.rating": ("Its ratings", "评分"),
    "why.reviews": ("How many reviewed it", "评价数量"),
    "why.price": ("You sorted by price", "按价格排序"),
    "why.newest": ("You sorted by newest", "按上架时间排序"),
    # a product
    "price.list": ("Before: {price}", "原价：{price}"),
    "price.now": ("Now: {price}", "现价：{price}"),
    "price.starting": ("from {price}", "{price} 起"),
    "sale": ("Save {n}", "省 {n}"),
    "colours": ("{n} colours", "{n} 种颜色"),
    "sizes": ("{n} sizes", "{n} 个尺码"),
    "rating": ("{value} of 5 stars", "{value} 分（满分 5 分）"),
    "reviews.n": ("{n} reviews", "{n} 条评价"),
    "reviews.n.one": ("{n} review", "{n} 条评价"),
    "stock.in_stock": ("In stock", "有货"),
    "stock.low": ("Only {n} left", "仅剩 {n} 件"),
    "stock.out_of_stock": ("Out of stock", "缺货"),
    "stock.preorder": ("Pre-order", "预售"),
    "stock.backorder": ("On back-order", "可预订，暂缺货"),
    "stock.discontinued": ("No longer made", "已停产"),
    "option.none": ("not available", "无此组合"),
    "photos": ("Photos", "商品图片"),
    "photo.nth": ("{title}, photo {n}", "{title}，图 {n}"),
    "clip.nth": ("{title}, clip {n}", "{title}，视频 {n}"),
    "photo.none": ("No photo", "暂无图片"),
    "description": ("Description", "商品介绍"),
    "details": ("Details", "商品参数"),
    "variants": ("All variants", "全部规格"),
    "variant": ("Variant", "规格"),
    "price": ("Price", "价格"),
    "availability": ("Availability", "库存"),
    "reviews": ("Reviews", "用户评价"),
    "reviews.none": ("Nobody has reviewed this yet.", "还没有评价。"),
    "reviews.more": ("{n} more reviews", "另外 {n} 条评价"),
    "reviews.stars": ("{n} stars", "{n} 星"),
    "reviews.stars.one": ("{n} star", "{n} 星"),
    "reviews.anonymous": ("A customer", "匿名用户"),
    "aspects": ("What people say", "大家怎么说"),
    "aspects.count": ("{good} like it, {bad} do not", "{good} 人满意，{bad} 人不满意"),
    "aspect.fit": ("Fit", "尺码版型"),
    "aspect.comfort": ("Comfort", "舒适度"),
    "aspect.quality": ("Quality", "做工质量"),
    "aspect.material": ("Material", "材质"),
    "aspect.colour": ("Looks", "外观颜色"),
    "aspect.price": ("Price", "价格"),
    "aspect.delivery": ("Delivery", "物流"),
    "aspect.battery": ("Battery", "续航"),
    "aspect.sound": ("Sound", "声音"),
    "aspect.screen": ("Screen", "屏幕"),
    "aspect.performance": ("Performance", "性能"),
    "aspect.service": ("Service", "服务"),
    "aspect.taste": ("Taste", "口味"),
    "similar": ("Similar products", "相似商品"),
    "goes_with": ("Goes well with", "搭配推荐"),
    "related": ("Related products", "相关商品"),
    "upsell": ("A step up", "升级之选"),
    "breadcrumbs": ("Where you are", "当前位置"),
    "yes": ("Yes", "是"),
    "no": ("No", "否"),
    "sku": ("Item {id}", "货号 {id}"),
    # notices of the search, by code
    "notice.no_match": ("We don't carry that. These are the nearest we have.", "本店没有这样的商品，以下是最接近的。"),
    "notice.no_filter_match": (
        "Nothing passes all of these filters. Take one away to see more.",
        "没有符合全部筛选条件的商品，请减少一个条件。",
    ),
    "notice.words_only": (
        "Only the words were matched just now, not their meaning.",
        "目前只按字词匹配，未按含义匹配。",
    ),
    "notice.did_you_mean": ("Did you mean {text}?", "您是不是要找：{text}"),
    # names of fields
    "field.category": ("Category", "分类"),
    "field.brand": ("Brand", "品牌"),
    "field.tag": ("Tag", "标签"),
    "field.price": ("Price", "价格"),
    "field.rating": ("Rating", "评分"),
    "field.reviews": ("Number of reviews", "评价数"),
    "field.on_sale": ("On sale", "特价"),
    "field.in_stock": ("In stock", "有货"),
    "field.color": ("Colour", "颜色"),
    "field.colour": ("Colour", "颜色"),
    "field.photo_color": ("Colour in photos", "图片颜色"),
    "field.size": ("Size", "尺码"),
    "field.material": ("Material", "材质"),
    "field.pattern": ("Pattern", "图案"),
    "field.gender": ("For", "适用人群"),
    "field.season": ("Season", "季节"),
    "field.style": ("Style", "风格"),
    "field.capacity": ("Capacity", "容量"),
    "field.weight": ("Weight", "重量"),
    "field.length": ("Length", "长度"),
    "field.width": ("Width", "宽度"),
    "field.height": ("Height", "高度"),
    "field.volume": ("Volume", "容积"),
    "field.series": ("Series", "系列"),
    "field.title": ("Title", "标题"),
    "field.description": ("Description", "介绍"),
    "field.options": ("Options", "规格"),
    "field.attributes": ("Details", "参数"),
    "field.tags": ("Tags", "标签"),
    "field.codes": ("Codes", "编码"),
    # names of colours, as facet values
    "colour.black": ("Black", "黑色"),
    "colour.white": ("White", "白色"),
    "colour.gray": ("Grey", "灰色"),
    "colour.grey": ("Grey", "灰色"),
    "colour.red": ("Red", "红色"),
    "colour.orange": ("Orange", "橙色"),
    "colour.yellow": ("Yellow", "黄色"),
    "colour.green": ("Green", "绿色"),
    "colour.blue": ("Blue", "蓝色"),
    "colour.navy": ("Navy", "藏青色"),
    "colour.purple": ("Purple", "紫色"),
    "colour.pink": ("Pink", "粉色"),
    "colour.brown": ("Brown", "棕色"),
    "colour.beige": ("Beige", "米色"),
    "colour.teal": ("Teal", "青色"),
    "colour.maroon": ("Maroon", "酒红色"),
    "colour.burgundy": ("Burgundy", "酒红色"),
    "colour.cream": ("Cream", "奶油色"),
    "colour.khaki": ("Khaki", "卡其色"),
    "colour.olive": ("Olive", "橄榄绿"),
    "colour.gold": ("Gold", "金色"),
    "colour.silver": ("Silver", "银色"),
}


@dataclass(frozen=True, slots=True)
class Messages:
    """The texts of one language; ``t("results", n=3)`` fills one in."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The text of ``key``; ``n`` equal to 1 takes ``key.one`` where there is one."""
        one = f"{key}.one"
        chosen = one if str(values.get("n", "")) == "1" and one in MESSAGES else key
        return MESSAGES[chosen][LANGUAGES.index(self.language)].format(**values)

    def name(self, kind: str, word: str, otherwise: str | None = None) -> str:
        """What a field, a colour or a reason is called; without an entry it is ``otherwise`` or the word itself."""
        key = f"{kind}.{word.casefold()}"
        if key in MESSAGES:
            return MESSAGES[key][LANGUAGES.index(self.language)]
        return otherwise if otherwise is not None else word.replace("_", " ").capitalize()


def negotiate(asked: str, accepted: str) -> str:
    """The language of a page: what its address asks for, else the first we speak of Accept-Language, else English."""
    for tag in (asked, *(part.split(";")[0] for part in accepted[:200].split(","))):
        primary = tag.strip().casefold().split("-")[0]
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]
