"""The words in which shoppers praise and blame, in English and Chinese, and the aspects of a product they
speak of."""

# Things that are spoken of: aspect → nouns and verbs of English, of Chinese.
ASPECTS: dict[str, tuple[str, str]] = {
    "fit": (
        "fit size sizing waist sleeve length width shoulder inseam xs small large",
        "尺码 尺寸 大小 合身 腰 袖 肩 码 版型 身材",
    ),
    "comfort": ("comfort feel cushion padding", "穿着 穿 手感 舒适 触感 脚感 上身 坐 睡 隔音 枕头 床"),
    "quality": (
        "quality build construction stitching seam zipper craftsmanship durability",
        "质量 做工 品质 质地 品控 工艺 正品 外壳",
    ),
    "material": (
        "material fabric cotton leather cloth wool polyester mesh",
        "面料 布料 材质 料子 皮质 棉 味道 气味 包装",
    ),
    "colour": (
        "colour color shade print pattern design style look appearance",
        "颜色 色差 款式 样式 外观 外形 图案 造型 设计",
    ),
    "price": ("price cost money value deal bargain", "价格 价钱 性价比 价位 降价 活动 优惠 钱 房价"),
    "delivery": ("delivery shipping package packaging courier arrived box", "快递 物流 发货 送货 包裹 配送 速度 寄"),
    "battery": ("battery charge charging charger", "电池 续航 充电 待机 电量"),
    "sound": ("sound audio bass volume noise speaker", "声音 音质 音效 噪音 喇叭 铃声 听筒 通话 风扇"),
    "screen": ("screen display resolution brightness", "屏幕 显示 屏 分辨率 画面 触屏"),
    "performance": (
        "speed performance software system app memory",
        "系统 性能 反应 运行 软件 配置 内存 散热 发热 开机 功能 效果",
    ),
    "service": (
        "service staff seller support return refund warranty",
        "服务 客服 态度 售后 卖家 店家 退货 前台 安装 师傅 退款",
    ),
    "taste": ("taste flavor flavour fresh sweet juicy", "口感 味 新鲜 水分 果 甜度 好吃"),
}

# Words that praise or blame whatever they stand beside.
POSITIVE = """
good great excellent amazing awesome perfect love loved lovely nice best beautiful comfortable comfy happy pleased
wonderful fantastic recommend soft sturdy durable stylish cute flattering favorite favourite impressed superb solid
reliable convenient fast easy cozy breathable lightweight stretchy versatile roomy handy gorgeous enjoy enjoyed
terrific fabulous outstanding satisfied worth bargain affordable crisp accurate helpful delicious smooth warm
compliment elegant functional practical adorable glad thank quick delight fun cool
不错 满意 喜欢 很好 好评 舒服 舒适 漂亮 好看 好用 好吃 好喝 值得 推荐 划算 便宜 实惠 优惠 方便 快捷 干净 清晰
流畅 精致 完美 给力
合身 合适 柔软 透气 新鲜 超值 时尚 大方 美观 正品 放心 耐用 结实 值 赞 棒 超好 挺好 真好 蛮好 热情 周到 友好
安静 开心 高兴 爱不释手
强大 细腻 轻便 灵敏 贴心 惊喜 感谢 谢谢 支持 信赖 一流 优秀 出色 精美 可爱 温馨 香甜 很甜 多汁 脆甜 爽口 有用
受益 感动 经典 精彩 值得一看
回购 再来 再买 会再 还会买 好闻 很香 柔顺 顺滑 去屑效果好 省电 很快 神速 好快 真快 挺快 蛮快 速度快 物美价廉
物超所值 很棒 细心 耐心 齐全
大气 很大 便利 稳定 很新 有型 显瘦 质量好 到位 好评 很值 很不错 还可以 还行 可以 好喝 浓郁 清新 顺畅 丰富 生动
深刻 有趣 有意思 好书
很赞 不贵 没得说 没话说 无可挑剔 名不虚传 家的感觉 良好 专业 及时 迅速 准时 宽敞 舒心 顺利 齐备 亮丽 厚实
"""
NEGATIVE = """
bad poor terrible awful horrible worst disappointed disappointing disappointment cheap flimsy broke broken break
uncomfortable itchy scratchy stiff waste wasted useless return returned refund defective damaged fell fall ripped rip
torn tore tear shrunk shrink fade faded ugly hate hated dislike annoying problem issue complaint fail failed failure
slow late missing wrong difficult hard unfortunately sadly weak leak leaking smell stink fake scam junk garbage trash
crap overpriced expensive misleading lousy mediocre inferior unhappy regret loose baggy heavy bulky tight noisy
painful hurt wish nope lack unusable worse
差 差劲 失望 垃圾 后悔 难看 难吃 难用 难闻 难喝 不值 坑人 坑爹 坑 骗 骗人 上当 假货 假 假的 破 坏 坏了 烂 破损
漏 掉色 褪色 起球 开线
缩水 脱线 太慢 很慢 慢 卡 死机 发热 烫 太贵 偏贵 偏小 偏大 太小 太大 太薄 太硬 投诉 退货 退款 换货 退了 郁闷
无语 恶心 糟糕 糟 恶劣 敷衍
粗糙 劣质 次品 异味 刺鼻 臭 噪音 吵 漏水 划痕 裂 瑕疵 色差 不符 忽悠 欺骗 骗子 差评 问题 故障 无法 麻烦 脏
陈旧 破旧 老旧 霉 发霉 酸 涩
不新鲜 烂的 烂了 不好 不行 不满 不爽 不舒服 不清晰 不清楚 不方便 不推荐 不怎么样 不咋地 不合适 不合身 不喜欢
不满意 不能用 用不了 打不开
生气 气愤 晕 倒霉 遗憾 可惜 缺点 不足 掉发 头屑 油腻 痒 没用 没效果 没味道 没有味道 浪费 枯燥 无聊 空洞 乏味
啰嗦 罗嗦 抄袭 盗版 错别字
过期 变质 拉肚子 山寨 二手 翻新 返修 维修 自动关机 黑屏 花屏 闪退 蓝屏 反应慢 不耐用 冷漠 冷淡 态度差 拖 拖延
迟迟 没人 不理 不回 推卸
褶皱 线头 变形 断 断了 烧 不值得 一般 太差 很差 极差 超差 真差 最差 差的 伤心 心寒 呵呵 不甜 不好吃 不脆 小得
太小了 小的可怜 坏的 压坏 挤坏
"""

# Words that say which aspect they judge.
JUDGED: dict[str, tuple[str, str]] = {
    "fit": (
        "true-to-size flattering stretchy roomy 合身 合适 显瘦 有型",
        "tight loose baggy shrunk snug 偏小 偏大 太小 太大 缩水 不合身 不合适 太紧 太松 显胖",
    ),
    "comfort": (
        "comfortable comfy soft cozy breathable 舒服 舒适 柔软 透气",
        "uncomfortable itchy scratchy stiff 不舒服 痒",
    ),
    "quality": (
        "durable sturdy solid reliable 耐用 结实 精致 正品",
        "flimsy broke broken defective damaged ripped torn junk "
        "劣质 次品 破损 开线 脱线 瑕疵 线头 变形 粗糙 假货 山寨 翻新 故障 断了",
    ),
    "material": ("lightweight 厚实", "smell stink 起球 异味 刺鼻 太薄 太硬 难闻"),
    "colour": ("beautiful stylish gorgeous cute 漂亮 好看 时尚 美观", "ugly faded fade 掉色 褪色 难看 色差"),
    "price": (
        "bargain affordable worth 划算 便宜 实惠 超值 物美价廉 物超所值 不贵",
        "overpriced expensive 太贵 偏贵 不值 坑人 坑爹",
    ),
    "delivery": ("很快 神速 速度快 准时", "late missing 破损 压坏 挤坏 迟迟"),
    "battery": ("省电", ""),
    "sound": ("", "noisy loud 噪音 吵"),
    "performance": ("流畅 灵敏", "死机 黑屏 花屏 闪退 蓝屏 自动关机 反应慢 发热 烫"),
    "service": ("helpful 热情 周到 耐心 贴心", "scam 态度差 敷衍 推卸 不理 冷漠 冷淡 恶劣 忽悠 骗子"),
    "taste": ("delicious 好吃 好喝 很甜 多汁 脆甜 爽口 香甜", "难吃 难喝 不甜 酸 涩 不新鲜 没味道"),
}

ENGLISH_NEGATORS = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "hardly",
        "barely",
        "nothing",
        "cannot",
        "cant",
        "dont",
        "didnt",
        "isnt",
        "neither",
    ]
)
CHINESE_NEGATION = (
    r"(?:不|没|没有|未|别|并非|毫无|谈不上|算不上|缺乏)"
    r"(?:是|太|很|够|怎么|算|那么|什么|觉得|会|能|大|特别|再|敢|想|要|值得)?"
)
