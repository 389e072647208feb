from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from wares.encode.colour import NAMES
from wares.encode.colournames import ColourNamesEncoder, main_colours


def photo(colour: str) -> bytes:
    picture = Image.new("RGB", (120, 120), "white")
    ImageDraw.Draw(picture).ellipse((25, 25, 95, 95), fill=colour)
    data = BytesIO()
    picture.save(data, "JPEG")
    return data.getvalue()


def test_photos_are_named_by_their_colours() -> None:
    encoded = ColourNamesEncoder().encode([photo("#c41422"), b"", photo("#1c4fc0")])
    assert encoded.present.tolist() == [True, False, True]
    assert main_colours(encoded.vectors[:1]) == ("red",)
    assert set(main_colours(encoded.vectors)) == {"red", "blue"}
    assert main_colours(np.zeros((0, len(NAMES)), np.float32)) == ()
    np.testing.assert_array_equal(ColourNamesEncoder().encode_query(photo("#c41422")), encoded.vectors[0])
