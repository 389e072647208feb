"""Weights are converted once a run; photos are drawn."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from wares.encode import weights


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    weights.prepare(folder)
    return folder


@pytest.fixture(scope="session")
def drawn_photo():
    """Bytes of a picture of one shape on a plain ground."""

    def draw(colour="red", ground="white", shape="ellipse", size=(120, 160), format="JPEG", stripes=0, second="white"):
        image = Image.new("RGB", size, ground)
        pen = ImageDraw.Draw(image)
        left, top, right, bottom = size[0] // 5, size[1] // 5, size[0] * 4 // 5, size[1] * 4 // 5
        getattr(pen, shape)((left, top, right, bottom), fill=colour)
        if stripes:
            pixels, mask = np.array(image), np.zeros(size[::-1], bool)
            mask[top:bottom, left:right] = (np.arange(top, bottom) // stripes % 2 == 0)[:, None]
            inside = (pixels != np.array(Image.new("RGB", (1, 1), ground))[0, 0]).any(-1)
            pixels[mask & inside] = np.array(Image.new("RGB", (1, 1), second))[0, 0]
            image = Image.fromarray(pixels)
        data = BytesIO()
        image.save(data, format, quality=95)
        return data.getvalue()

    return draw
