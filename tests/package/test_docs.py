"""Pages that are made from the source say what the source says."""

from __future__ import annotations

import json

from scripts import profile_docs


def test_the_page_of_profiles_is_current() -> None:
    schema = json.loads(profile_docs.SCHEMAS.read_text())["profile"]
    made = profile_docs.page(schema)
    assert profile_docs.PAGE.read_text() == made, "run `python -m scripts.profile_docs`"


def test_every_field_is_on_it() -> None:
    page = profile_docs.PAGE.read_text()
    for field in ("projectName", "polling.floorSeconds", "walltime", "workerInit", "keepDays"):
        assert f"`{field}`" in page
