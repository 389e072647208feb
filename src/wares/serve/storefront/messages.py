"""Every text of the interface, in English and Chinese, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from wares.serve.storefront.names import FIELDS_AND_COLOURS

LANGUAGES = ("en", "zh")
NAMES = {"en": "English", "zh": "中文"}
LOCALES = {"en": "en_US", "zh": "zh_CN"}

# key → (English, Chinese); ``{n}`` and the like are filled in; ``key.one`` is the English singular.
MESSAGES: dict[str, tuple[str, str]] = {
    # the frame
    "close": ("Close", "关闭"),
    "cancel": ("Cancel", "取消"),
    "theme": ("Dark theme", "深色主题"),
    "failed": ("The shop did not answer. Are you online?", "店铺没有响应，请检查网络。"),
    "again": ("Try again", "重试"),
    "skip": ("Skip to content", "跳到主要内容"),
    "search": ("Search", "搜索"),
    "search.label": ("Search products", "搜索商品"),
    "search.hint": ("What are you looking for?", "想找点什么？"),
    "suggestions": ("Suggestions", "搜索建议"),
    "suggestion.category": ("in this category", "分类"),
    "suggestion.product": ("product", "商品"),
    "suggestion.recent": ("searched before", "搜索过"),
    "suggestion.clear": ("Clear recent searches", "清除搜索记录"),
    "language": ("Language", "语言"),
    "footer": (
        "Words and photos are searched on this server. No trackers, no cookies; works without scripts.",
        "文字和照片都在本服务器上搜索：无跟踪、无 Cookie，无需脚本也能使用。",
    ),
    # voice search
    "voice": ("Search by voice", "语音搜索"),
    "voice.listening": ("Listening…", "正在聆听……"),
    "voice.working": ("Writing down what you said…", "正在识别……"),
    "voice.nothing": ("Nothing was heard. Close this and try again.", "没有听到内容，请关闭后重试。"),
    "voice.refused": (
        "The microphone is not allowed. Allow it in the settings of your browser.",
        "麦克风未获许可，请在浏览器设置中允许使用。",
    ),
    "voice.failed": ("Your words could not be read. Please type them.", "无法识别，请改用文字输入。"),
    "voice.browser": (
        "Your browser turns speech into words; it may use its maker's servers. This shop receives only the words.",
        "语音由浏览器转成文字，可能会用到浏览器厂商的服务器；本店只收到文字。",
    ),
    "voice.server": (
        "The recording is sent to this shop, turned into words there, and not kept.",
        "录音会发送到本店转成文字，不会保留。",
    ),
    "voice.done": ("Done", "说完了"),
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
    "photo.leaves": (
        "It is made smaller on this device first, and leaves it only when you search.",
        "照片会先在本机缩小，点击搜索后才会发送。",
    ),
    "photo.ways": (
        "Or drop a photo anywhere on this page, or paste one.",
        "也可以把照片拖到页面任意位置，或直接粘贴。",
    ),
    "photo.drop": ("Drop it to search by this photo", "松开即可用这张照片搜索"),
    "photo.other": ("Another photo", "换一张照片"),
    "camera": ("Take a photo", "拍一张照片"),
    "camera.view": ("What the camera sees", "相机画面"),
    "camera.shoot": ("Take it", "拍摄"),
    "camera.refused": (
        "The camera cannot be used. Allow it in the settings of your browser, or choose a photo.",
        "无法使用相机，请在浏览器设置中允许，或选择一张照片。",
    ),
    "crop": ("The part that is searched for", "要搜索的部分"),
    "crop.hint": (
        "Drag the corners around what you mean, or move them with the arrow keys.",
        "拖动四角框出您想找的部分，也可以用方向键移动。",
    ),
    "crop.move": ("Move the part", "移动选框"),
    "crop.nw": ("Upper left corner", "左上角"),
    "crop.ne": ("Upper right corner", "右上角"),
    "crop.sw": ("Lower left corner", "左下角"),
    "crop.se": ("Lower right corner", "右下角"),
    "crop.go": ("Search this part", "搜索这部分"),
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
    "shown": ("{n} of {m} shown", "已显示 {n} / {m} 件"),
    "load.more": ("Load more", "加载更多"),
    "past": ("This page is past the end.", "已经没有更多页了。"),
    "past.link": ("Go to the last page", "回到最后一页"),
    # filters
    "filters": ("Filters", "筛选"),
    "filters.active": ("Active filters", "已选条件"),
    "filters.clear": ("Clear all", "全部清除"),
    "filters.show": ("Show results", "查看结果"),
    "filters.show.n": ("Show {n} products", "查看 {n} 件商品"),
    "filters.show.n.one": ("Show {n} product", "查看 {n} 件商品"),
    "facet.search": ("Search in: {what}", "搜索：{what}"),
    "facet.none": ("Nothing by that name.", "没有相符的选项。"),
    "price.slider.from": ("Lowest price, slider", "最低价滑块"),
    "price.slider.to": ("Highest price, slider", "最高价滑块"),
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
    "read.becomes": ("became", "理解为"),
    "read.remove.filter": ("Take away the condition “{words}” ({what})", "去掉条件“{words}”（{what}）"),
    "read.remove.boost": ("Do not put “{words}” first ({what})", "不再优先“{words}”（{what}）"),
    "read.remove.without": ("Do not leave out “{words}” ({what})", "不再排除“{words}”（{what}）"),
    "read.restore": ("Read all words again", "恢复全部理解"),
    "read.literal": ("Searched for your words exactly as typed.", "已完全按您输入的文字搜索。"),
    "read.literal.undo": ("Let us read them again", "重新智能理解"),
    "spelling.applied": ("Showing results for “{text}”.", "以下是“{text}”的搜索结果。"),
    "spelling.instead": ("Search instead for “{text}”", "仍然搜索“{text}”"),
    "spelling.offered": ("Did you mean “{text}”?", "您是不是要找“{text}”？"),
    # like a product
    "like": ("Like this", "类似这件"),
    "like.more": ("More like this", "找类似的"),
    "like.remove": ("No longer like this", "不再按此商品查找"),
    "like.hint": ("but… for example: in blue", "但是……例如：蓝色的"),
    "like.gone": ("The product to be like is no longer sold.", "所参照的商品已下架。"),
    "results.like": ("{n} products like this", "共 {n} 件类似商品"),
    "results.like.one": ("{n} product like this", "共 {n} 件类似商品"),
    # a part of a photo
    "part": ("Search a part of it", "只搜索照片的一部分"),
    "part.whole": ("The whole photo", "整张照片"),
    "part.middle": ("The middle", "中间"),
    "part.left": ("Left half", "左半边"),
    "part.right": ("Right half", "右半边"),
    "part.upper": ("Upper half", "上半部分"),
    "part.lower": ("Lower half", "下半部分"),
    "histogram": ("How many products at which price, from {low} to {high}", "从 {low} 到 {high} 各价位的商品数量"),
    "histogram.bar": ("{low} – {high}: {n}", "{low} – {high}：{n} 件"),
    # nothing found and other states
    "none": ("Nothing fits this search", "没有找到符合条件的商品"),
    "none.near": ("We don't carry that. The nearest we have:", "本店没有这样的商品，最接近的有："),
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
    "why.diversity": ("Much the same as one above it", "与排在前面的商品几乎相同"),
    "why.phrase": ("Your words stand side by side in its texts", "词语相邻出现"),
    "why.boost": ("Its {field} is what your words name", "{field}与您的用词相符"),
    "why.calibration": ("Where every product starts", "每件商品的起点"),
    "why.rest": ("Several small things", "其他细小因素"),
    "why.score": ("Together", "合计"),
    "why.more": ("What would move it?", "怎样会改变它的位置？"),
    "explain": ("Why this place?", "为什么排在这里？"),
    "explain.place": ("It is number {n} of {m} for this search.", "在这次搜索的 {m} 件商品中排第 {n} 位。"),
    "explain.place.none": ("It is not among the results of this search.", "不在这次搜索的结果中。"),
    "explain.ledger": ("What counted", "评分依据"),
    "explain.supposed": ("What would move it", "怎样会改变它的位置"),
    "explain.back": ("Back to the results", "返回搜索结果"),
    "supposed": ("{change}: it would be number {place}.", "若{change}：会排在第 {place} 位。"),
    "supposed.same": ("{change}: it would still be number {place}.", "若{change}：仍排在第 {place} 位。"),
    "supposed.gone": ("{change}: it would not be found.", "若{change}：不会出现在结果中。"),
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
    "similar.reason": ("By their texts and photos", "依据描述与照片"),
    "goes_with.reason": ("Chosen by the shop to go with this", "由店铺精选搭配"),
    "related.reason": ("Named by the shop", "由店铺推荐"),
    "upsell.reason": ("The shop's finer choice of this kind", "店铺推荐的同类优选"),
    "recent": ("You looked at", "最近浏览"),
    "recent.reason": ("Remembered only in this browser.", "仅保存在本浏览器中。"),
    "recent.clear": ("Forget them", "清除浏览记录"),
    "popular": ("Best rated in this shop", "本店好评商品"),
    "popular.reason": ("By the ratings of shoppers", "依据用户评分"),
    "breadcrumbs": ("Where you are", "当前位置"),
    "yes": ("Yes", "是"),
    "no": ("No", "否"),
    "sku": ("Item {id}", "货号 {id}"),
    # notices of the search, by code; the others are told in its own words
    "notice.words_only": (
        "Only the words were matched just now, not their meaning.",
        "目前只按字词匹配，未按含义匹配。",
    ),
    **FIELDS_AND_COLOURS,
}


@dataclass(frozen=True, slots=True)
class Messages:
    """The texts of one language; ``t("results", n=3)`` fills one in."""

    language: str
    table: ClassVar[Mapping[str, tuple[str, str]]] = MESSAGES

    def __call__(self, key: str, **values: object) -> str:
        """The text of ``key``; ``n`` equal to 1 takes ``key.one`` where there is one."""
        one = f"{key}.one"
        chosen = one if str(values.get("n", "")) == "1" and one in self.table else key
        return self.table[chosen][LANGUAGES.index(self.language)].format(**values)

    def name(self, kind: str, word: str, otherwise: str | None = None) -> str:
        """What a field, a colour or a reason is called; without an entry it is ``otherwise`` or the word itself."""
        key = f"{kind}.{word.casefold()}"
        if key in self.table:
            return self.table[key][LANGUAGES.index(self.language)]
        return otherwise if otherwise is not None else word.replace("_", " ").capitalize()


def negotiate(asked: str, accepted: str) -> str:
    """The language of a page: what its address asks for, else the first we speak of Accept-Language, else English."""
    for tag in (asked, *(part.split(";")[0] for part in accepted[:200].split(","))):
        primary = tag.strip().casefold().split("-")[0]
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]
