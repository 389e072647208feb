"""The page that docs/instantsearch.md shows is the one that the tests drive."""

import re
from pathlib import Path

import pytest

from wares.serve.algolia import names, parameters, recommending
from wares.serve.algolia.api import MAX_HITS, MAX_REQUESTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "instantsearch.md").read_text("utf-8")


@pytest.mark.parametrize(("language", "file"), [("html", "index.html"), ("js", "page.js")])
def test_the_page_is_the_one_that_is_driven(language, file):
    [shown] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert shown == (ROOT / "tests" / "browser" / "instantsearch" / file).read_text("utf-8")


def test_every_index_parameter_and_model_is_named():
    told = {"indexName", "params", "type", "analytics", "analyticsTags", "enablePersonalization", "naturalLanguages"}
    told |= {"percentileComputation", "sumOrFiltersScores", "synonyms", "userToken"}
    for name in (*names.ORDERS, *(parameters._KNOWN - told), *recommending.LIKE, *recommending.UNTRAINED):
        assert f"`{name}`" in PAGE, name
    assert f"at most {MAX_REQUESTS} at once" in PAGE
    assert f"{MAX_HITS:,} hits" in PAGE
