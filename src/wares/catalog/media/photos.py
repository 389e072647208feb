"""Photos of strangers → our own plain JPEG.

The header is read before anything is decoded; only JPEG, PNG and WebP by content are taken; what is written is always
encoded by us: upright sRGB, first frame, no metadata, no tail.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from wares.errors import MediaRejected

if TYPE_CHECKING:
    from PIL import Image

PhotoFormat = Literal["JPEG", "PNG", "WEBP"]

QUALITY = 85
WIDTHS = (160, 320, 480, 800)  # pixels across that a page may ask for, beside the whole copy
SMALL_QUALITY = 80
MAX_PROFILE = 4_000_000  # bytes of an ICC profile worth reading
MAX_SCANS = 64  # encoders write about ten
SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
KEPT_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"IDAT", b"IEND"})
UPRIGHT = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270"} | {
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


@dataclass(frozen=True, slots=True)
class PhotoHeader:
    """What a file says of itself before it is decoded; ``scans`` is 1 but for JPEG."""

    format: PhotoFormat
    width: int
    height: int
    scans: int = 1


def sniff(data: bytes) -> PhotoFormat:
    """The format by content, whatever name or type came with it; MediaRejected for all but JPEG, PNG and WebP."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    raise MediaRejected("it is no JPEG, PNG or WebP picture", fix="save it as one of these")


def header(data: bytes) -> PhotoHeader:
    """Size and scans from the bytes alone, without decoding."""
    kind = sniff(data)
    try:
        return {"JPEG": _jpeg_header, "PNG": _png_header, "WEBP": _webp_header}[kind](data)
    except (struct.error, IndexError) as error:
        raise _broken(kind) from error


def check_size(found: PhotoHeader, max_pixels: int) -> None:
    """Raise MediaRejected for a picture with more pixels than are ever decoded, or none."""
    pixels = found.width * found.height
    if pixels == 0:
        raise _broken(found.format)
    if pixels > max_pixels:
        raise MediaRejected(
            f"{found.width}×{found.height} pixels are too many",
            fix=f"scale it down to {max_pixels:,} pixels or raise media.max_pixels",
        )


def check_scans(found: PhotoHeader, max_pixels: int) -> None:
    """Raise MediaRejected for a JPEG that makes the decoder go over the picture again and again."""
    if found.scans > MAX_SCANS or found.scans * found.width * found.height > 12 * max_pixels:
        raise MediaRejected(f"a JPEG of {found.scans} scans takes too long to decode", fix="save it as baseline JPEG")


def reencode(data: bytes, *, max_pixels: int = 50_000_000, max_side: int = 1200) -> bytes:
    """Our own copy: baseline JPEG, upright, sRGB, no metadata, at most ``max_side`` a side, never enlarged.

    Raises
    ------
    MediaRejected
        Not a JPEG, PNG or WebP, too many pixels or scans, or broken.
    """
    from PIL import Image

    found = header(data)
    check_size(found, max_pixels)
    check_scans(found, max_pixels)
    try:
        with Image.open(BytesIO(essential(data, found.format)), formats=[found.format]) as image:
            if image.size != (found.width, found.height):
                raise _broken(found.format)
            copy = _plain(image, max_side)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise _broken(found.format) from error
    out = BytesIO()
    copy.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def scaled(copy: bytes, width: int) -> bytes:
    """A copy of ours as a WebP of at most ``width`` pixels across; OSError where it is broken."""
    from PIL import Image

    with Image.open(BytesIO(copy), formats=["JPEG"]) as image:
        across = min(width, image.width)
        size = (across, max(1, round(image.height * across / image.width)))
        image.draft("RGB", size)
        picture = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.save(out, "WEBP", quality=SMALL_QUALITY)
    return out.getvalue()


def _plain(image: "Image.Image", max_side: int) -> "Image.Image":
    from PIL import Image

    orientation, profile = _orientation(image), image.info.get("icc_profile", b"")
    scale = min(1.0, max_side / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    image.draft("RGB", (width, height))  # a JPEG is shrunk while it is decoded
    picture = deep(image)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    picture = srgb(picture, profile)
    if orientation in UPRIGHT:
        picture = picture.transpose(Image.Transpose[UPRIGHT[orientation]])
    picture.info = {}
    return picture


def deep(image: "Image.Image") -> "Image.Image":
    """Decoded, in a mode that can be scaled: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):  # 16 bit: keep the upper 8
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        image.load()
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def srgb(picture: "Image.Image", profile: bytes) -> "Image.Image":
    """RGB as screens show it; a profile that cannot be read is left aside, as browsers do."""
    from PIL import ImageCms

    if profile and len(profile) <= MAX_PROFILE:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                picture = converted or picture
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _orientation(image: "Image.Image") -> int:
    try:
        found = image.getexif().get(0x0112, 1)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, TypeError):
        return 1  # EXIF is a stranger's too: one that cannot be read turns nothing
    return found if isinstance(found, int) else 1


def _broken(kind: str) -> MediaRejected:
    return MediaRejected(f"the {kind} picture is broken", fix="open it in an image editor and save it again")


def essential(data: bytes, kind: PhotoFormat) -> bytes:
    """A PNG without animation, texts and tail; other formats as they are."""
    if kind != "PNG":
        return data
    return data[:8] + b"".join(data[start:end] for name, start, end in _png_chunks(data) if name in KEPT_CHUNKS)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk up to IEND."""
    at = 8
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, at, at + length + 12
        if name == b"IEND":
            return
        at += length + 12


def _png_header(data: bytes) -> PhotoHeader:
    name, width, height = struct.unpack_from(">12x4sII", data)
    if name != b"IHDR":
        raise _broken("PNG")
    return PhotoHeader("PNG", width, height)


def _webp_header(data: bytes) -> PhotoHeader:
    chunk = data[12:16]
    if chunk == b"VP8X":  # the canvas of an animation or of a picture with alpha
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return PhotoHeader("WEBP", width, height)
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return PhotoHeader("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return PhotoHeader("WEBP", width & 0x3FFF, height & 0x3FFF)
    raise _broken("WebP")


_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")  # not stuffing, fill, TEM, RSTn, SOI


def _jpeg_header(data: bytes) -> PhotoHeader:
    """Walk the markers up to the end of the image (ITU T.81, annex B)."""
    at, size, scans = 2, (0, 0), 0
    while found := _MARKER.search(data, at):
        at, marker = found.start(), data[found.start() + 1]
        if marker == 0xD9:
            return PhotoHeader("JPEG", *size, scans)
        if marker in SOF:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        scans += marker == 0xDA
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    raise MediaRejected("the JPEG picture is cut off", fix="upload it again")
