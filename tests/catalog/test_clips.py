import contextlib
import struct
from io import BytesIO

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from media_makers import clip, picture, saved
from wares.catalog.media import clips
from wares.errors import MediaRejected


def frames(path) -> list[av.VideoFrame]:
    with av.open(str(path)) as source:
        assert [stream.type for stream in source.streams] == ["video"]
        assert source.streams[0].codec_context.name == "h264"
        return list(source.decode(video=0))


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm"])
def test_a_clip_becomes_our_mp4_and_a_poster(tmp_path, kind):
    data = clip(tmp_path / f"in.{kind}", kind=kind).read_bytes()
    assert b"SecretTitle" in data
    poster = clips.reencode(data, tmp_path / "out.mp4")
    written = frames(tmp_path / "out.mp4")
    assert (len(written), written[0].width, written[0].height) == (30, 96, 96)
    assert b"SecretTitle" not in (tmp_path / "out.mp4").read_bytes()
    assert Image.open(BytesIO(poster)).size == (96, 96)
    reds = [frame.to_ndarray(format="rgb24")[48, 48, 0] for frame in written]
    assert max(reds) > 180 > 80 > reds[0]  # the square comes by in the middle


def test_large_and_fast_clips_are_thinned(tmp_path):
    data = clip(tmp_path / "in.mp4", side=200, frames=60, rate=60).read_bytes()
    clips.reencode(data, tmp_path / "out.mp4", clips.ClipLimits(max_side=101))
    written = frames(tmp_path / "out.mp4")
    assert (written[0].width, written[0].height) == (100, 100)
    assert 28 <= len(written) <= 32


def test_a_turned_clip_is_made_upright(tmp_path):
    data = bytearray(clip(tmp_path / "in.mp4", frames=4).read_bytes())
    clockwise = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = clockwise
    clips.reencode(bytes(data), tmp_path / "out.mp4")
    pixels = frames(tmp_path / "out.mp4")[0].to_ndarray(format="rgb24")
    assert pixels[8, 88, 0] > 180 > 80 > pixels[8, 8, 0]  # top left went to the top right


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (clips.ClipLimits(max_seconds=1), "longer than 1 s"),
        (clips.ClipLimits(max_pixels=9000), "pixels"),
    ],
)
def test_limits_hold(tmp_path, limits, reason):
    data = clip(tmp_path / "in.mp4").read_bytes()
    with pytest.raises(MediaRejected, match=reason):
        clips.reencode(data, tmp_path / "out.mp4", limits)


def test_a_clip_that_hides_its_length_is_cut_off_while_decoding(tmp_path):
    data = bytearray(clip(tmp_path / "in.mp4", frames=60).read_bytes())
    at = data.index(b"mdhd") + 4 + 16
    data[at : at + 4] = struct.pack(">I", 1)
    with pytest.raises(MediaRejected, match="longer than 2 s"):
        clips.reencode(bytes(data), tmp_path / "out.mp4", clips.ClipLimits(max_seconds=2))


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", saved(picture()), b"\x00\x00\x00\x18ftypmp42" + bytes(500), b"\x1a\x45\xdf\xa3" + bytes(500)],
    ids=["empty", "text", "jpeg", "empty mp4", "empty webm"],
)
def test_what_is_no_clip_is_rejected_with_a_fix(tmp_path, data):
    with pytest.raises(MediaRejected) as caught:
        clips.reencode(data, tmp_path / "out.mp4")
    assert caught.value.fix


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_a_cut_off_clip_is_rejected_or_shortened(tmp_path, share):
    data = clip(tmp_path / "in.webm", kind="webm").read_bytes()
    try:
        clips.reencode(data[: int(len(data) * share)], tmp_path / "out.mp4")
    except MediaRejected:
        assert share < 0.5
    else:
        assert 0 < len(frames(tmp_path / "out.mp4")) <= 30


@pytest.fixture(scope="module")
def small_clips(tmp_path_factory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("clips")
    return [clip(folder / f"in.{kind}", kind=kind, frames=8).read_bytes() for kind in ("mp4", "webm")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_flipped_bytes_are_decoded_or_rejected(tmp_path, small_clips, data):
    broken = bytearray(data.draw(st.sampled_from(small_clips)))
    for at in data.draw(st.lists(st.integers(1, min(900, len(broken))), min_size=1, max_size=8)):
        broken[-at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(MediaRejected):
        clips.reencode(bytes(broken), tmp_path / "out.mp4")
        assert frames(tmp_path / "out.mp4")


def test_other_codecs_are_refused(tmp_path):
    path = tmp_path / "in.mov"
    with av.open(str(path), "w", format="mov") as out:
        stream = out.add_stream("mjpeg", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuvj420p"
        out.mux(stream.encode(av.VideoFrame(32, 32, "yuvj420p")))
        out.mux(stream.encode(None))
    with pytest.raises(MediaRejected, match="mjpeg"):
        clips.reencode(path.read_bytes(), tmp_path / "out.mp4")
