"""What the attributes of the fashion products are called in Chinese, as a shopper would type them."""

GENDERS = {"Men": "男", "Women": "女", "Unisex": "中性", "Girls": "女童", "Boys": "男童"}
COLOURS = {
    "Black": "黑色", "Blue": "蓝色", "White": "白色", "Brown": "棕色", "Grey": "灰色", "Red": "红色",
    "Green": "绿色", "Navy Blue": "藏青色", "Purple": "紫色", "Pink": "粉色", "Beige": "米色", "Maroon": "栗色",
    "Olive": "橄榄绿", "Yellow": "黄色", "Silver": "银色", "Steel": "钢色", "Orange": "橙色", "Gold": "金色",
    "Tan": "棕褐色", "Cream": "奶油色", "Charcoal": "炭灰色", "Multi": "多色", "Khaki": "卡其色",
    "Lavender": "薰衣草紫", "Off White": "米白色", "Copper": "古铜色", "Magenta": "品红色", "Teal": "蓝绿色",
    "Peach": "桃色", "Coffee Brown": "咖啡色", "Rust": "铁锈色", "Grey Melange": "麻灰色",
    "Turquoise Blue": "绿松石色", "Mustard": "芥末黄", "Taupe": "灰褐色", "Burgundy": "酒红色",
    "Bronze": "青铜色", "Nude": "裸色", "Fluorescent Green": "荧光绿", "Skin": "肤色", "Sea Green": "海绿色",
    "Rose": "玫瑰色", "Mauve": "淡紫色", "Mushroom Brown": "蘑菇棕", "Metallic": "金属色",
    "Lime Green": "青柠绿",
}  # fmt: skip
KINDS = {
    "Tshirts": "T恤", "Shirts": "衬衫", "Casual Shoes": "休闲鞋", "Tops": "上衣", "Sports Shoes": "运动鞋",
    "Watches": "手表", "Kurtas": "库尔塔长衫", "Handbags": "手提包", "Heels": "高跟鞋", "Sandals": "凉鞋",
    "Sunglasses": "太阳镜", "Flip Flops": "人字拖", "Sweaters": "毛衣", "Wallets": "钱包",
    "Sweatshirts": "卫衣", "Belts": "皮带", "Trousers": "长裤", "Formal Shoes": "正装皮鞋", "Socks": "袜子",
    "Jeans": "牛仔裤", "Jackets": "夹克", "Flats": "平底鞋", "Backpacks": "双肩包", "Briefs": "三角内裤",
    "Shorts": "短裤", "Innerwear Vests": "背心内衣", "Caps": "鸭舌帽", "Ties": "领带", "Track Pants": "运动裤",
    "Kurtis": "短款库尔塔", "Dresses": "连衣裙", "Clutches": "手拿包", "Mufflers": "围脖", "Cufflinks": "袖扣",
    "Scarves": "丝巾", "Trunk": "平角内裤", "Perfume and Body Mist": "香水", "Skirts": "半身裙",
    "Accessory Gift Set": "配饰礼盒", "Tunics": "束腰外衣", "Stockings": "长筒袜", "Laptop Bag": "电脑包",
    "Leggings": "打底裤", "Capris": "七分裤", "Duffel Bag": "行李袋", "Mobile Pouch": "手机包",
    "Tracksuits": "运动套装", "Sports Sandals": "运动凉鞋", "Gloves": "手套", "Deodorant": "止汗香体剂",
    "Lounge Shorts": "家居短裤", "Dupatta": "杜帕塔披肩", "Umbrellas": "雨伞", "Travel Accessory": "旅行配件",
    "Bra": "文胸", "Fragrance Gift Set": "香氛礼盒", "Churidar": "紧身裤", "Lounge Pants": "家居裤",
    "Messenger Bag": "邮差包", "Free Gifts": "赠品", "Hat": "帽子", "Stoles": "披肩",
    "Kurta Sets": "库尔塔套装", "Rucksacks": "登山包", "Necklace and Chains": "项链", "Headband": "发带",
    "Tights": "紧身裤袜", "Boxers": "四角裤", "Waist Pouch": "腰包", "Shoe Accessories": "鞋配件",
    "Waistcoat": "马甲", "Footballs": "足球", "Bracelet": "手链", "Shrug": "开衫披肩",
    "Night suits": "睡衣套装", "Nightdress": "睡裙", "Camisoles": "吊带背心", "Earrings": "耳环",
    "Pendant": "吊坠", "Ring": "戒指", "Bangle": "手镯", "Sarees": "纱丽", "Salwar": "沙瓦裤",
    "Patiala": "帕蒂亚拉裤", "Jumpsuit": "连体裤", "Blazers": "西装外套", "Suits": "西装",
    "Rain Jacket": "雨衣", "Rompers": "连身短裤", "Swimwear": "泳衣", "Baby Dolls": "娃娃装",
    "Bath Robe": "浴袍", "Robe": "睡袍", "Shapewear": "塑身衣", "Water Bottle": "水壶", "Lipstick": "口红",
    "Nail Polish": "指甲油", "Kajal and Eyeliner": "眼线笔", "Lip Gloss": "唇彩", "Jeggings": "牛仔打底裤",
    "Nehru Jackets": "尼赫鲁外套", "Lehenga Choli": "印式礼裙", "Jewellery Set": "首饰套装",
    "Trolley Bag": "拉杆箱", "Tablet Sleeve": "平板电脑套", "Wristbands": "护腕", "Basketballs": "篮球",
    "Key chain": "钥匙扣",
}  # fmt: skip


def chinese(gender: str, colour: str, kind: str) -> str:
    """A query for what English calls by these words; a word without a translation stays English."""
    return f"{COLOURS.get(colour, colour)}{GENDERS.get(gender, gender)}{KINDS.get(kind, kind)}"
