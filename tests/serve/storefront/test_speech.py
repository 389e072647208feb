import threading

import pytest
from starlette.testclient import TestClient

from wares.encode.speech import SpeechReader, Transcript
from wares.errors import EncodeError
from wares.serve.app import create_app
from wares.serve.storefront import speech
from wares.serve.storefront.speech import Speech


@pytest.fixture
def hearing(shop, monkeypatch):
    monkeypatch.setattr(Speech, "available", True)
    with TestClient(create_app(shop), raise_server_exceptions=False) as client:
        yield client


def hears(monkeypatch, answer):
    monkeypatch.setattr(SpeechReader, "transcribe", lambda self, sound, language="": answer(sound, language))


def test_sound_becomes_one_clean_line_in_the_language_of_the_page(hearing, monkeypatch):
    asked = []

    def transcribe(sound, language):
        asked.append((sound, language))
        return Transcript("a\x00 mug\n" + "x" * 500, "en", 1.0, 1.0)

    hears(monkeypatch, transcribe)
    answer = hearing.post("/speech?lang=zh", content=b"sound")
    assert answer.status_code == 200
    assert answer.json()["text"].startswith("a mug xxx")
    assert len(answer.json()["text"]) == 300
    assert answer.headers["cache-control"] == "no-store"
    hearing.post("/speech?lang=<script>", content=b"sound")
    assert asked == [(b"sound", "zh"), (b"sound", "")]


def test_what_is_no_sound_or_too_much_of_it_is_told(hearing, monkeypatch):
    def transcribe(sound, language):
        raise EncodeError("the sound cannot be heard", fix="send a WAV")

    hears(monkeypatch, transcribe)
    broken = hearing.post("/speech", content=b"no sound")
    assert (broken.status_code, broken.json()["fix"]) == (400, "send a WAV")
    monkeypatch.setattr(speech, "MAX_SOUND", 10)
    assert hearing.post("/speech", content=b"x" * 11).status_code == 413


def test_a_shop_that_hears_nothing_says_what_to_install(shop, monkeypatch):
    monkeypatch.setattr(Speech, "available", False)
    with TestClient(create_app(shop)) as client:
        answer = client.post("/speech", content=b"sound")
        assert answer.status_code == 404
        assert "wares[speech]" in answer.json()["fix"]
        assert "data-hears" not in client.get("/").text


def test_few_wait_to_be_heard_and_the_rest_is_told_to_come_again(shop, monkeypatch):
    monkeypatch.setattr(Speech, "available", True)
    monkeypatch.setattr(speech, "MOST_WAITING", 1)
    inside, go_on = threading.Event(), threading.Event()

    def transcribe(sound, language):
        inside.set()
        assert go_on.wait(10)
        return Transcript("mug", "en", 1.0, 1.0)

    hears(monkeypatch, transcribe)
    with TestClient(create_app(shop)) as client:
        answers = []
        first = threading.Thread(target=lambda: answers.append(client.post("/speech", content=b"1")))
        first.start()
        assert inside.wait(10)
        busy = client.post("/speech", content=b"2")
        go_on.set()
        first.join(10)
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        assert answers[0].json() == {"text": "mug"}
        assert client.post("/speech", content=b"3").json() == {"text": "mug"}
