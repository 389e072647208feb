"""What is masked, and what is left alone."""

import pytest

from wares.serve.access.masking import mask, masked

SECRETS = [
    "wk_0123456789ab_" + "f" * 64,
    "wt_0123456789ab_eyJmaWx0ZXJz~x-y_" + "f" * 64,
    "Bearer abc.def-ghi",
    "authorization: Basic dXNlcjpwYXNz",
    "Cookie: a=b; session=1234abcd",
    "wares_session=" + "a" * 64 + "." + "b" * 64,
    "a" * 64 + "." + "b" * 64,
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    "ann.lee+shop@mail.example.com",
    "ann%40mail.example",
    "192.0.2.17",
    "2001:db8::17",
    "2001:db8:0:0:0:0:0:17",
    "::ffff:192.0.2.17",
    "+49 30 1234567",
    "0049301234567",
    "(030) 123-4567",
    "030-1234-5678",
    "13912345678",
]
HARMLESS = [
    "there is no product 'p7'",
    "no product has the field 'hardines'",
    "2026-11-28T05:08:32Z",
    "at 10:20:30 it was",
    "price:10..80",
    "page 3 of 1200",
    "GTIN 4006381333931",
    "character 12 of the filter: ':' is missing",
    "g00000012",
    "a wk_ key",
    "sha256 " + "a" * 64,
    "3.11.7",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "'{}'", "sent {} from there", "x={}&y"])
def test_what_is_personal_or_secret_is_masked(secret, around):
    telling = secret.removeprefix("Bearer ").removeprefix("authorization: Basic ").removeprefix("Cookie: a=b; ")
    assert telling not in mask(around.format(secret))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_is_left_alone(text):
    assert mask(text) == text


def test_everything_within_is_masked():
    found = masked(
        {"a": ["x@mail.example", {"password": "hunter2"}], "b": ValueError("x@mail.example"), "n": 3, "ok": True}
    )
    assert found == {"a": ["[e-mail]", {"password": "[secret]"}], "b": "ValueError: [e-mail]", "n": 3, "ok": True}


def test_a_long_text_takes_no_long_time():
    for text in ("a" * 10**6, "1 " * 10**6, ":" * 10**6, "a@" * 10**6, "a=b; " * 10**5, "1." * 10**6):
        assert len(mask(text)) <= 20_100 * 5
