import pytest

from wares.search.language import language_of

SPOKEN = {"en": 9, "de": 5, "zh": 9}


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("连衣裙", "en", "zh"),
        ("nike 跑鞋", "en", "zh"),
        ("優の品 茶杯", "", "zh"),
        ("ランニングシューズ", "zh", "ja"),
        ("運動靴 メンズ", "", "ja"),
        ("운동화", "", "ko"),
        ("shoes", "de-DE", "de-DE"),
        ("rote Schuhe für Damen", "", "de"),
        ("the red shoes for women", "", "en"),
        ("Schuhe", "", "en"),
        ("", "", "en"),
        ("123", "zh", "zh"),
    ],
)
def test_the_script_says_it_then_the_shopper_then_the_words(text, hint, language):
    assert language_of(text, hint, SPOKEN, "en") == language


def test_no_other_language_than_the_catalogues_is_guessed():
    assert language_of("rote Schuhe für Damen", "", {"en": 9, "zh": 9}, "en") == "en"
