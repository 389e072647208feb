"""``photo-rate``: how many photos a second are decoded, and how many become vectors?"""

from collections.abc import Callable, Sequence
from io import BytesIO

import numpy as np

from wares.bench import vectors
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.timing import interleaved, load
from wares.encode import colour
from wares.encode.image import FP32, INT8, SIDE
from wares.encode.photos import square
from wares.errors import ConfigError
from wares.registry import create, register

COUNT, LONG_SIDE, REPEATS = 24, 1200, 5


@register("bench", "photo-rate")
def photos(options: BenchOptions) -> BenchResult:
    """Photos of any folder under ``--data``, enlarged to the size of our own copies, timed in turn, best of five.

    Figures
    -------
    decode_per_s
        photos decoded and shrunk to 260 × 260 in a second; the peer does it without shrinking on load
    fp32_per_s, int8_per_s
        photos turned into image vectors in a second, decoding included
    colour_per_s
        photos turned into colour vectors in a second, decoding included
    int8_cosine
        mean cosine of a photo's int8 vector with its fp32 vector
    """
    busy = load()
    data = _enlarged(options)
    encoders = {name: vectors.image_encoder(options, name) for name in (FP32, INT8)}
    tones = create("encoder", colour.NAME)
    fp32, int8 = (encoders[name].encode(data).vectors for name in (FP32, INT8))
    tasks: dict[str, Callable[[], object]] = {
        "decode_per_s": lambda: [square(photo, SIDE) for photo in data],
        "pillow": lambda: [_naive(photo) for photo in data],
        "fp32_per_s": lambda: encoders[FP32].encode(data),
        "int8_per_s": lambda: encoders[INT8].encode(data),
        "colour_per_s": lambda: tones.encode(data),
    }
    rates = {name: len(data) / timing.best for name, timing in interleaved(tasks, REPEATS).items()}
    naive = rates.pop("pillow")
    return BenchResult(
        bench="photo-rate",
        figures=rates | {"int8_cosine": float((fp32 * int8).sum(1).mean())},
        peers={"pillow": {"decode_per_s": naive}},
        ratios={"decode_per_s/pillow": rates["decode_per_s"] / naive},
        seed=options.seed,
        load=busy,
        notes=(f"{len(data)} photos of {LONG_SIDE} px, {options.threads} thread(s)",),
    )


def _enlarged(options: BenchOptions) -> Sequence[bytes]:
    from PIL import Image

    found = sorted(options.folder(options.test).rglob("*.jpg"))
    if not found:
        raise ConfigError(
            f"there are no JPEGs in {options.folder(options.test)}", fix="--data names a folder of photos"
        )
    data = []
    for path in found[:: max(1, len(found) // COUNT)][:COUNT]:
        photo = Image.open(path).convert("RGB")
        scale = LONG_SIDE / max(photo.size)
        stream = BytesIO()
        photo.resize((round(photo.width * scale), round(photo.height * scale))).save(stream, "JPEG", quality=88)
        data.append(stream.getvalue())
    return data


def _naive(data: bytes) -> object:
    """What a reader of Pillow's tutorial would write."""
    from PIL import Image

    return np.asarray(Image.open(BytesIO(data)).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))
