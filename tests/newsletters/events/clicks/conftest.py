"""An edition with three counted links, and a folder of spools for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from newsletters.models import CountedLink, Edition
from tests.factories import make_edition


@pytest.fixture
def spools(tmp_path: Path, settings: Settings) -> Path:
    """The folder of this machine's spools."""
    settings.IRIA_DATA = tmp_path
    return tmp_path / "clicks"


@pytest.fixture
def edition(db: None) -> Edition:
    edition = make_edition()
    urls = ["https://a.example/?x=1&y=2", "https://b.example/ü", "https://c.example/"]
    CountedLink.objects.bulk_create(CountedLink(edition=edition, number=n, url=url) for n, url in enumerate(urls, 1))
    return edition
