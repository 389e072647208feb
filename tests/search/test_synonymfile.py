import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.errors import ConfigError
from wares.search.synonymfile import EVERYDAY, Rule, merge, parse, read

FILE = """\ufeff# seats
sofa, couch,  沙发

sneaker => trainers，运动鞋
1\\,5 l, 1.5 l
"""


def test_a_file_is_read():
    assert parse(FILE) == [
        Rule(("sofa", "couch", "沙发")),
        Rule(("sneaker",), ("trainers", "运动鞋")),
        Rule(("1,5 l", "1.5 l")),
    ]


def test_equals_go_both_ways_and_arrows_one():
    assert set(Rule(("a", "b")).pairs()) == {("a", "b"), ("b", "a")}
    assert set(Rule(("a",), ("b", "c")).pairs()) == {("a", "b"), ("a", "c")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a, b\nalone", r"line 2 has one word alone.*write"),
        ("a => b => c", "line 1 has two arrows"),
        ("\n\n => c", "line 3 has nothing on one side"),
        ("a =>", "nothing on one side"),
        ("a, " + "b" * 101, "line 1: .* too long"),
        (",".join(str(n) for n in range(60)), "60 words"),
        ("a," * 3000, "characters"),
        ("a, b\n" * 50_001, "50,001 lines"),
    ],
)
def test_a_bad_line_is_named_with_what_to_do(text, told):
    with pytest.raises(ConfigError, match=told):
        parse(text)


word = st.text("ab, 沙发\\é", min_size=1, max_size=5).map(lambda w: " ".join(w.replace("\\", "").split())).filter(str)
sides = st.lists(word, min_size=1, max_size=3, unique=True).map(tuple)


@given(st.lists(st.builds(Rule, sides.filter(lambda s: len(s) > 1)) | st.builds(Rule, sides, sides), max_size=5))
def test_what_is_written_is_read_again(rules):
    assert parse("\n".join(map(str, rules))) == rules


def test_an_import_adds_what_is_new_and_keeps_comments(tmp_path):
    path = tmp_path / "synonyms.txt"
    assert read(path) == []
    path.write_text("# ours\nsofa, couch", "utf-8")
    assert merge(path, parse("couch, sofa\ncup, mug\nmug, CUP\na => b")) == 2
    assert path.read_text("utf-8") == "# ours\nsofa, couch\nmug, CUP\na => b\n"
    assert merge(path, parse("cup, mug")) == 0


def test_a_file_of_another_encoding_is_told(tmp_path):
    path = tmp_path / "synonyms.txt"
    path.write_bytes("沙发, 椅".encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8"):
        read(path)


def test_the_everyday_list_is_well_formed_and_names_nothing_twice():
    rules = read(EVERYDAY)
    assert len(rules) > 60
    named = [word.casefold() for rule in rules if not rule.others for word in rule.words]
    assert len(named) == len(set(named))
    assert sum(any("\u4e00" <= sign <= "\u9fff" for sign in "".join(rule.words)) for rule in rules) > 60
