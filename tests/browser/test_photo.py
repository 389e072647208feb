"""Search by photo with JavaScript: chosen, dropped, pasted or taken, and the part of it that is meant."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.scripted import DESKTOP, PHONE, scripted_page

pytestmark = pytest.mark.browser

GIVEN = """([kind, bytes, type]) => {
    const carried = new DataTransfer()
    carried.items.add(new File([new Uint8Array(bytes)], 'photo', {type}))
    const options = {bubbles: true, cancelable: true}
    document.querySelector('main').dispatchEvent(kind === 'paste'
        ? new ClipboardEvent('paste', {...options, clipboardData: carried})
        : new DragEvent(kind, {...options, dataTransfer: carried}))
}"""
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
    if (window.refused) throw new DOMException('no', 'NotAllowedError')
    const canvas = document.createElement('canvas')
    canvas.width = 320
    canvas.height = 240
    const context = canvas.getContext('2d')
    context.fillStyle = '#00ff00'
    context.fillRect(0, 0, 320, 240)
    window.stream = canvas.captureStream(10)
    return window.stream
}
"""


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(browser, request):
    with scripted_page(browser, request.param) as page:
        yield page


def picture(size=(2400, 1200), colour="red") -> bytes:
    """A photo with a place in its metadata."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def opened(page, site):
    page.goto(site)
    page.locator("#photo-search > summary").click()


def search(page):
    page.get_by_role("button", name="Search with this photo").click()
    page.wait_for_url(re.compile(r"photo=[0-9a-f]{64}"))


def test_a_chosen_photo_is_made_small_without_metadata_and_sent_when_asked(page, site, shop):
    opened(page, site)
    posted = []
    page.on("request", lambda request: request.method == "POST" and posted.append(request.post_data_buffer or b""))
    page.get_by_label("Choose or take a photo").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()
    assert posted == []
    page.get_by_label("Add words, if you like").fill("plate")
    search(page)
    found = shop.queries[-1]
    assert found.text == "plate"
    assert found.region is None
    assert Image.open(io.BytesIO(found.photo)).size == (1280, 640)
    size = page.evaluate("document.getElementById('photo_file').files.length")
    assert size == 0


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_can_be_dropped_and_pasted(page, site, shop, kind):
    page.goto(site)
    if kind == "drop":
        page.evaluate(GIVEN, ["dragover", list(picture((90, 90))), "image/jpeg"])
        expect(page.get_by_text("Drop it to search by this photo")).to_be_visible()
    page.evaluate(GIVEN, [kind, list(picture((90, 90))), "image/jpeg"])
    expect(page.get_by_text("Drop it to search by this photo")).to_be_hidden()
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()
    search(page)
    assert shop.queries[-1].photo is not None


@pytest.mark.parametrize(("data", "type"), [(b"no photo", "image/jpeg"), (b"%PDF-1.4", "application/pdf")])
def test_a_bad_file_is_told_and_another_can_be_chosen(page, site, data, type):
    opened(page, site)
    page.get_by_label("Choose or take a photo").set_input_files({"name": "x", "mimeType": type, "buffer": data})
    expect(page.get_by_role("alert")).to_contain_text("could not be read as a photo")
    assert page.evaluate("document.getElementById('photo_file').files.length") == 0
    page.get_by_label("Choose or take a photo").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture((50, 50))}
    )
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()
    page.get_by_role("button", name="Another photo").click()
    expect(page.get_by_label("Choose or take a photo")).to_be_visible()


def test_the_part_is_dragged_moved_by_keys_and_searched_for(page, site, shop):
    opened(page, site)
    page.get_by_label("Choose or take a photo").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture((400, 400))}
    )
    corner = page.locator(".preview").get_by_role("button", name="Upper left corner")
    box, whole = corner.bounding_box(), page.locator(".preview .crop").bounding_box()
    x, y = box["x"] + 5, box["y"] + 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + whole["width"] / 4, y + whole["height"] / 2, steps=4)
    page.mouse.up()
    page.locator(".preview").get_by_role("button", name="Lower right corner").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    search(page)
    region = shop.queries[-1].region
    assert (region.left, region.top) == pytest.approx((0.25, 0.5), abs=0.01)
    assert (region.right, region.bottom) == pytest.approx((0.9, 0.9), abs=0.01)
    expect(page.locator(".part[open]")).to_be_visible()
    page.locator(".part").get_by_role("button", name="Move the part").focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.get_by_role("button", name="Search this part").click()
    page.wait_for_url(re.compile(r"region=0\.15%2C0\.5%2C0\.8%2C0\.9"))
    assert shop.queries[-1].region.left == pytest.approx(0.15, abs=0.01)


def test_a_photo_is_taken_with_the_camera_which_is_let_go_of(browser, site, shop):
    with scripted_page(browser, prepared=CAMERA) as page:
        opened(page, site)
        page.evaluate("window.refused = true")
        page.locator("button", has_text="Take a photo").click()
        expect(page.get_by_role("alert")).to_contain_text("The camera cannot be used")
        page.evaluate("window.refused = false")
        page.locator("button", has_text="Take a photo").click()
        expect(page.get_by_label("What the camera sees")).to_be_visible()
        page.wait_for_function("document.querySelector('.shooting video').videoWidth > 0")
        page.get_by_role("button", name="Take it").click()
        expect(page.get_by_role("img", name="Your photo")).to_be_visible()
        assert page.evaluate("window.stream.getTracks().every(track => track.readyState === 'ended')")
        search(page)
        red, green, blue = Image.open(io.BytesIO(shop.queries[-1].photo)).getpixel((160, 120))
        assert green > 200 > 60 > max(red, blue)


def test_a_phone_takes_photos_with_the_camera_at_its_back(browser, site):
    with scripted_page(browser, PHONE, has_touch=True, is_mobile=True) as page:
        opened(page, site)
        taken = page.locator("#photo_taken")
        assert (taken.get_attribute("capture"), taken.get_attribute("accept")) == ("environment", "image/*")
        expect(page.locator("label[for=photo_taken]")).to_be_visible()
        taken.set_input_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture((50, 50))})
        expect(page.get_by_role("img", name="Your photo")).to_be_visible()


def test_it_is_said_what_leaves_the_device_in_chinese_too(page, site):
    page.goto(f"{site}/?lang=zh")
    page.locator("#photo-search > summary").click()
    expect(page.get_by_text("照片会先在本机缩小，点击搜索后才会发送。")).to_be_visible()
