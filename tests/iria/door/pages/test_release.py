"""The release's name: programs that make different pages never take each other's."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from iria.door.pages.release import name_release

PACKAGES = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]


@pytest.mark.parametrize("folder", [*PACKAGES, "templates", "locale"])
def test_a_file_that_changes_in_any_package_makes_another_release(
    folder: str, tmp_path: Path, settings: Settings
) -> None:
    settings.BASE_DIR = settings.STATIC_ROOT = tmp_path
    (tmp_path / folder / "deep").mkdir(parents=True)
    names = set()
    for name in ("page.py", "page.html", "page.mjml", "page.txt"):
        for words in ("one", "two"):
            (tmp_path / folder / "deep" / name).write_text(words)
            names.add(name_release())
            assert name_release() in names
    assert len(names) == 8
