"""How Chinese words sound: toneless pinyin, one syllable a sign, and the initials that people type for them.

The readings come from pypinyin, whose dictionary of phrases chooses among the readings of a sign (音乐 yue, 快乐 le).
What it has no phrase for may be read in two ways ("长裙" by itself is read zhang), so words with such signs are kept
under both readings. Its dicts take .3 s to load and 55 MB of each process; a shop that is served reads them from a trie
of .8 MB that is kept with its vocabulary.
"""

import re
from functools import cache
from itertools import islice, product

from marisa_trie import BytesTrie

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
LONGEST_SYLLABLE, LONGEST_WORD, LONGEST_PHRASE = 6, 32, 16


class Readings:
    """What each phrase and each sign is read as, toneless and with v for ü.

    Parameters
    ----------
    table
        The bytes of a trie from a phrase to its syllables with spaces between; empty: every sign is read as itself.
    """

    def __init__(self, table: bytes = b"") -> None:
        self.table = table
        self._said = BytesTrie()
        if table:
            self._said.frombytes(table)

    @classmethod
    @cache
    def known(cls) -> "Readings":
        """All that pypinyin knows."""
        from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
        from pypinyin.contrib.tone_convert import to_normal

        plain = cache(to_normal)
        said = {chr(sign): [ways.split(",")[0]] for sign, ways in PINYIN_DICT.items()}
        said |= {phrase: [ways[0] for ways in signs] for phrase, signs in PHRASES_DICT.items()}
        rows = ((phrase, " ".join(map(plain, way)).encode()) for phrase, way in said.items() if len(way) == len(phrase))
        return cls(BytesTrie(rows).tobytes())

    def syllables(self, word: str) -> tuple[str, ...]:
        """One syllable a sign of a Chinese word, by the longest phrase from each place on; a sign nobody can read is
        itself."""
        said: list[str] = []
        while len(said) < len(word):
            start = len(said)
            phrases = self._said.prefixes(word[start : start + LONGEST_PHRASE])
            said += self._said[phrases[-1]][0].decode().split() if phrases else [word[start]]
        return tuple(said)

    def ways(self, word: str) -> list[tuple[str, ...]]:
        """All ways to read a word that are worth looking up, the likeliest first, at most four."""
        usual = self.syllables(word)
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
