import pytest

from wares.index.reference import ReferenceIndex
from wares.registry import create, names
from wares.testing import check_index


@pytest.mark.parametrize("name", names("index"))
def test_an_index_agrees_with_the_reference(name):
    check_index(lambda schema: create("index", name, schema=schema), ReferenceIndex)
