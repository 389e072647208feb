import csv
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from wares.encode import weights
from wares.encode.image import EfficientNetEncoder
from wares.errors import EncodeError
from wares.registry import create
from wares.testing import check_encoder

NAMES = ("efficientnet-lite2.v1", "efficientnet-lite2-int8.v1")
CLOSEUP = "efficientnet-lite2-closeup.v1"


@pytest.fixture(params=[*NAMES, CLOSEUP])
def encoder(request, weights_folder) -> EfficientNetEncoder:
    return create("encoder", request.param, folder=weights_folder)


@pytest.fixture
def photos(drawn_photo):
    return [
        drawn_photo("red"),
        drawn_photo("navy", shape="rectangle", size=(300, 90)),
        drawn_photo("gold", "black", format="PNG"),
        drawn_photo("teal", "pink", format="WEBP", size=(900, 1200)),
    ]


def test_contract(encoder, photos):
    check_encoder(encoder, photos, absent=b"")


def test_precisions_are_different_spaces_with_different_fingerprints(weights_folder):
    fp32, int8 = (create("encoder", name, folder=weights_folder) for name in NAMES)
    assert fp32.space != int8.space
    assert fp32.fingerprint != int8.fingerprint


def test_a_closeup_sees_the_middle_alone(weights_folder):
    generator = np.random.default_rng(0)
    photo = Image.fromarray(generator.integers(0, 256, (200, 200, 3)).astype(np.uint8))
    framed = Image.new("RGB", (200, 200), "black")
    framed.paste(photo.crop((26, 26, 174, 174)), (26, 26))
    items = [_png(photo), _png(framed)]
    near, whole = (create("encoder", name, folder=weights_folder).encode(items).vectors for name in (CLOSEUP, NAMES[0]))
    assert near[0] @ near[1] > 0.999 > whole[0] @ whole[1]
    assert near.shape == (2, 1280)
    assert (near >= 0).all()


def _png(photo):
    out = BytesIO()
    photo.save(out, "PNG")
    return out.getvalue()


def test_int8_stays_close_to_fp32(weights_folder, photos):
    fp32, int8 = (create("encoder", name, folder=weights_folder).encode(photos).vectors for name in NAMES)
    assert (fp32 * int8).sum(1).min() > 0.95


@pytest.mark.parametrize("data", [b"no photo", b"\xff\xd8\xff", b"GIF89a" + b"\0" * 40])
def test_what_is_no_photo_is_an_encode_error(encoder, data):
    with pytest.raises(EncodeError, match="photo"):
        encoder.encode([data])


def test_a_photo_cut_short_is_an_encode_error(encoder, photos):
    with pytest.raises(EncodeError):
        encoder.encode([photos[0][: len(photos[0]) // 2]])


def test_an_empty_query_is_an_encode_error(encoder):
    with pytest.raises(EncodeError, match="photo"):
        encoder.encode_query(b"")


def test_classifier_of_unit_rows_orders_classes_as_the_network_does(encoder, photos):
    matrix, bias = encoder.classifier()
    for photo in photos:
        logits = matrix @ encoder.encode_query(photo) + bias
        assert logits.argmax() == encoder.classify(photo).argmax()


def test_changed_weights_are_refused(tmp_path, monkeypatch, photos):
    encoder = create("encoder", "efficientnet-lite2.v1", folder=tmp_path)
    weights.prepare(tmp_path, names=("efficientnet-lite2",))
    data = bytearray((tmp_path / "efficientnet-lite2.onnx").read_bytes())
    data[-1] ^= 1
    (tmp_path / "efficientnet-lite2.onnx").write_bytes(data)
    with pytest.raises(EncodeError, match="sha256"):
        encoder.encode(photos[:1])


def test_real_fruit_is_recognised(encoder, shared_data):
    """Ten photos of Granny Smith apples taken in a shop: the class of that name comes first for most."""
    folder = shared_data("grocery-store")
    products = [json.loads(line) for line in (folder / "common/products.jsonl").read_text().splitlines()]
    apple = next(product["product_id"] for product in products if product["name"] == "Granny Smith")
    with (folder / "open/images.csv").open() as file:
        photos = [row["image"] for row in csv.DictReader(file) if row["product_id"] == apple][:10]
    classes = [int(encoder.classify((folder / "open" / photo).read_bytes()).argmax()) for photo in photos]
    assert np.mean([found == 948 for found in classes]) >= 0.7
