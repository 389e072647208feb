"""How Chinese words sound: toneless pinyin, one syllable a sign, and the initials that people type for them.

The readings come from pypinyin, whose dictionary of phrases chooses among the readings of a sign (音乐 yue, 快乐 le).
What it has no phrase for may be read in two ways ("长裙" by itself is read zhang), so words with such signs are kept
under both readings.
"""

import re
from functools import lru_cache
from itertools import islice, product

# Signs of everyday goods with two living readings.
TWICE = {
    "长": ("chang", "zhang"), "重": ("zhong", "chong"), "行": ("xing", "hang"), "乐": ("le", "yue"),
    "调": ("tiao", "diao"), "薄": ("bao", "bo"), "壳": ("ke", "qiao"), "角": ("jiao", "jue"), "藏": ("cang", "zang"),
    "弹": ("tan", "dan"), "单": ("dan", "shan"), "盛": ("sheng", "cheng"), "折": ("zhe", "she"), "色": ("se", "shai"),
    "参": ("shen", "can"), "发": ("fa",), "卡": ("ka", "qia"), "车": ("che", "ju"), "露": ("lu", "lou"),
    "颈": ("jing", "geng"), "剥": ("bo", "bao"), "削": ("xiao", "xue"), "模": ("mo", "mu"), "着": ("zhuo", "zhe"),
}  # fmt: skip
READINGS = 4
SYLLABLE = re.compile(
    "(?:er|[bpmf]?(?:iao|ian|iang|iong|ia|ie|iu|in|ing|i|ai|ei|ao|ou|an|en|ang|eng|ong|a|e|o|u)"
    "|(?:[zcs]h?|r)(?:uai|uan|uang|ui|un|uo|ua|ai|ei|ao|ou|an|en|ang|eng|ong|a|e|i|u)"
    "|[dtnlgkhjqxyw](?:uang|iang|iong|uai|uan|iao|ian|ang|eng|ing|ong|ui|un|uo|ua|ue|ve|ia|ie|iu|in|ai|ei|ao|ou|an|en"
    "|a|e|i|o|u|v))"
)
LONGEST_SYLLABLE, LONGEST_WORD = 6, 32


@lru_cache(maxsize=16_384)
def syllables(word: str) -> tuple[str, ...]:
    """One syllable a sign of a Chinese word, without tones and with v for ü; a sign nobody can read is itself."""
    from pypinyin import lazy_pinyin

    said = lazy_pinyin(word)
    return tuple(said if len(said) == len(word) else (lazy_pinyin(sign)[0] for sign in word))


def readings(word: str) -> list[tuple[str, ...]]:
    """All ways to read a word that are worth looking up, the likeliest first, at most four."""
    usual = syllables(word)
    ways = [dict.fromkeys((said, *TWICE.get(sign, ()))) for sign, said in zip(word, usual, strict=True)]
    return list(islice(product(*ways), READINGS))


def blurred(sound: str) -> str:
    """The sounds that are confused made one: zh z, ch c, sh s; -ng -n; n- l-; ü u."""
    flat = re.sub("([zcs])h", r"\1", sound.replace("v", "u"))
    return re.sub("n(?=[aeiou])", "l", flat.replace("ng", "n"))


def is_spelled(word: str) -> bool:
    """Whether Latin letters could be pinyin from the first to the last."""
    if len(word) > LONGEST_WORD:
        return False
    reached = {0}
    for end in range(1, len(word) + 1):
        starts = range(max(0, end - LONGEST_SYLLABLE), end)
        if any(start in reached and SYLLABLE.fullmatch(word, start, end) for start in starts):
            reached.add(end)
    return len(word) in reached
