from random import Random

import pytest

from wares.bench.respelling import Planted, Vocabulary, correctors, plant, recovered
from wares.bench.slips import Slips
from wares.search.spelling.pinyin import Readings

TITLES = [
    "夏季连衣裙",
    "蓝牙耳机",
    "苹果手机壳",
    "运动鞋",
    "不锈钢水壶",
    "牛仔裤",
    "裙子群体",
    "群众",
    "机几",
    "跑步鞋",
] * 12


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary.of(TITLES)


def test_slips_are_what_they_are_called():
    slips, rng = Slips(TITLES).kinds(), Random(0)
    other = slips["homophone"]("连衣裙", rng)
    assert other == "连衣群"
    assert Readings.known().syllables(other) == Readings.known().syllables("连衣裙")
    assert slips["pinyin"]("连衣裙", rng) == "lianyiqun"
    assert slips["initials"]("连衣裙", rng) == "lyq"
    assert len(slips["dropped"]("连衣裙", rng)) == 2
    assert len(slips["doubled"]("连衣裙", rng)) == 4
    assert sorted(slips["swapped"]("连衣裙", rng)) == sorted("连衣裙")
    assert slips["homophone"]("蓝", rng) == "蓝"


def test_a_slip_is_planted_into_one_known_word_and_is_none_itself(vocabulary):
    planted = plant(
        ["红色连衣裙", "航空母舰", "连衣裙女"], Slips(TITLES).kinds()["homophone"], vocabulary, Random(0), 9
    )
    assert planted == [Planted("红色连衣裙", "红色连衣群"), Planted("连衣裙女", "连衣群女")]
    assert len(plant(["红色连衣裙"] * 5, Slips(TITLES).kinds()["pinyin"], vocabulary, Random(0), 2)) == 2


def test_ours_and_the_peers_put_right_what_they_should(vocabulary):
    systems = correctors(vocabulary)
    sounds = [Planted("连衣裙", "lianyiqun"), Planted("牛仔裤", "妞仔裤")]
    for name, right in (("wares", [True, True]), ("sounds", [True, True]), ("edits", [False, True])):
        assert recovered(systems[name], sounds)[0] == right
    assert all(correct("运动鞋 123") == ("运动鞋 123", False) for correct in systems.values())
