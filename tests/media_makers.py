"""Generators of hostile and odd media files (faults C1–C7), for every test that uploads or ingests them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

GPS = 0x8825


def picture(width: int = 320, height: int = 240, mode: str = "RGB", seed: int = 0, detail: int = 1) -> Image.Image:
    """A smooth random picture, top left brighter than the rest; ``detail`` makes its patches smaller."""
    noise = np.random.default_rng(seed).integers(0, 255, (6 * detail, 8 * detail, 3), dtype=np.uint8)
    noise[0, 0] = 255
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG from raw rows, each led by its filter byte."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def png_bomb(side: int = 30_000) -> bytes:
    """C1: a hundred kilobytes that unfold to gigabytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animation(kind: str, frames: int, side: int = 16) -> bytes:
    """C2: the first frame is red, the others blue and green in turn; kind is GIF, WEBP or PNG."""
    first, *rest = (
        Image.new("RGB", (side, side), "red" if frame == 0 else ("blue", "lime")[frame % 2]) for frame in range(frames)
    )
    return saved(first, kind, save_all=True, append_images=rest, duration=40)


def long_webp_animation(frames: int = 10_000) -> bytes:
    """C2 at full length: the second frame of a short animation, again and again."""
    short = animation("WEBP", 3)
    at, parts = 12, []
    while at < len(short):
        size = struct.unpack_from("<I", short, at + 4)[0]
        parts.append(short[at : at + 8 + size + size % 2])
        at += 8 + size + size % 2
    body = b"".join([*parts[:-1], parts[-1] * (frames - 2)])
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def jpeg_scans(scans: int = 1000, side: int = 64) -> bytes:
    """C3: a progressive JPEG whose last scan is repeated."""
    data = saved(picture(side, side), progressive=True, quality=90)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * (scans - data.count(b"\xff\xda") + 1) + b"\xff\xd9"


def polyglots() -> dict[str, bytes]:
    """C4: pictures that are something else too, each with ``EVIL`` in it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("EVIL.txt", "EVIL")
    page = b"<html><script>alert('EVIL')</script></html>"
    paper = b"%PDF-1.4\n1 0 obj<</EVIL/Catalog>>endobj\ntrailer<</Root 1 0 R>>"
    jpeg, flat = saved(picture()), saved(picture(), "PNG")
    return {
        "jpeg+zip": jpeg + archive.getvalue(),
        "jpeg+pdf": jpeg + paper,
        "jpeg+html tail": jpeg + page,
        "jpeg+html comment": saved(picture(), comment=page),
        "png+zip": flat + archive.getvalue(),
        "png+text": flat[:33] + chunk(b"tEXt", b"Comment\x00" + page) + flat[33:],
        "webp+html": saved(picture(), "WEBP") + page,
    }


def refused_formats() -> dict[str, bytes]:
    """C5: real pictures and documents in formats outside the allow-list."""
    svg = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    kinds = {kind: saved(picture(), kind) for kind in ("GIF", "TIFF", "ICO", "EPS", "BMP", "PPM", "TGA", "JPEG2000")}
    psd = b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 1, 1, 8, 3) + bytes(20)
    return {**kinds, "SVG": svg, "PSD": psd, "HTML": b"<html></html>", "nothing": b"", "text": b"hello"}


def exif_photo(orientation: int = 6) -> bytes:
    """C6: landscape pixels that are to be shown upright, taken at a place, by someone, with a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCamera"
    exif[0x013B] = "SecretAuthor"
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 51.0, 29.0)})
    return saved(picture(320, 240), exif=exif, comment=b"SecretComment")


def odd_modes() -> dict[str, bytes]:
    """C7: every odd mode, all of them mid-red (200, 30, 30) where RGB can say it, mid-grey (128) otherwise."""
    red = Image.new("RGB", (40, 30), (200, 30, 30))
    clear = Image.new("RGBA", (40, 30), (200, 30, 30, 255))
    palette = red.quantize(4)
    grey16 = b"".join(b"\x00" + struct.pack(">H", 128 * 257) * 40 for _ in range(30))
    red16 = b"".join(b"\x00" + struct.pack(">HHH", 200 * 257, 30 * 257, 30 * 257) * 40 for _ in range(30))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "cmyk jpeg": saved(red.convert("CMYK"), quality=95),
        "grey jpeg": saved(Image.new("L", (40, 30), 128)),
        "16-bit grey png": png(40, 30, 16, 0, grey16),
        "16-bit rgb png": png(40, 30, 16, 2, red16),
        "palette png": saved(palette, "PNG"),
        "palette png with alpha": saved(clear.quantize(4), "PNG", transparency=bytes([255, 255, 255, 255])),
        "rgba webp": saved(clear, "WEBP", lossless=True),
        "profile jpeg": saved(red, icc_profile=profile, quality=95),
        "broken profile jpeg": saved(red, icc_profile=b"no profile" * 20, quality=95),
        "1-bit png": saved(Image.new("1", (40, 30), 1), "PNG"),
    }


def odd_sizes() -> dict[str, bytes]:
    """C7: the smallest picture and one that is all length."""
    return {
        "1×1": saved(Image.new("RGB", (1, 1), "red")),
        "1×20000": saved(Image.new("RGB", (1, 20_000), "red"), "PNG"),
    }


def clip(path: Path, *, frames: int = 30, side: int = 96, kind: str = "mp4", rate: int = 15) -> Path:
    """A small clip with a moving square, and a title in its metadata."""
    import av

    codec = {"mp4": "libx264", "mov": "libx264", "webm": "libvpx"}[kind]
    with av.open(str(path), "w", format=kind) as out:
        out.metadata["title"] = "SecretTitle"
        stream = out.add_stream(codec, rate=rate)
        stream.width = stream.height = side
        stream.pix_fmt = "yuv420p"
        for frame in range(frames):
            pixels = np.full((side, side, 3), 40, np.uint8)
            at = frame * (side - 16) // frames
            pixels[at : at + 16, at : at + 16] = (230, 60, 60)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        out.mux(stream.encode(None))
    return path


def peak_growth(run: Callable[[], object]) -> int:
    """Bytes by which resident memory peaked above where it stood, while ``run()`` ran (Linux)."""
    status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    clear.write_text("5")

    def peak() -> int:
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024

    before = peak()
    run()
    return peak() - before
