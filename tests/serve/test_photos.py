import hashlib

from hypothesis import given
from hypothesis import strategies as st

from wares.serve.photos import QueryPhotos


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_it_stays_within_its_bounds_and_forgets_the_oldest(photos):
    kept = QueryPhotos(max_count=5, max_bytes=100)
    for photo in photos:
        name = kept.keep(photo)
        assert name == hashlib.sha256(photo).hexdigest()
        assert kept.get(name) == photo
    there = [photo for photo in dict.fromkeys(photos) if kept.get(hashlib.sha256(photo).hexdigest()) is not None]
    assert len(there) <= 5
    assert sum(map(len, there)) <= 100


def test_photos_are_forgotten_after_their_time():
    now = [0.0]
    kept = QueryPhotos(max_age=60, clock=lambda: now[0])
    name = kept.keep(b"photo")
    now[0] = 60.0
    assert kept.get(name) == b"photo"
    now[0] = 60.1
    assert kept.get(name) is None


def test_a_photo_that_is_too_large_on_its_own_is_not_kept():
    kept = QueryPhotos(max_bytes=3)
    assert kept.get(kept.keep(b"four")) is None
