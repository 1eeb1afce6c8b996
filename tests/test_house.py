"""The house's own rules, where no linter knows them."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
# The first commit of which every later one is bound to the length of a subject.
BOUND_AFTER = "2932c31c5bf1555d6ff1f11f583cf0b9f0a1e63e"
# Too long, and shared before anybody noticed: others had built on them, so they were not rewritten.
SHARED_TOO_LONG = {
    "698da8f9a0492081b99037bbfbd393150e146934",
    "725b5d6990ab1b4ee1e497da52cb149d50f21761",
    "b7dee1396e0afa9d763b64b72bdd703b43e29728",
    "a8a866d7b2c965d91d46f885c132022c2d7f1d4c",
}
SUBJECT = 72  # characters: what `git log --oneline` and a mail's subject show whole
LONGEST = 350  # lines of a file that a person can still keep in mind; more is two subjects
SOURCE = ("iria", "newsletters", "subscribers", "mail", "lib", "tests", "bench", "deploy")


def files(*patterns: str) -> Iterator[Path]:
    """What git knows or would know: nothing generated, nothing of var/."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", *patterns], cwd=ROOT, capture_output=True, check=True
    )
    for name in sorted(filter(None, listed.stdout.decode().split("\0"))):
        if (ROOT / name).is_file():
            yield ROOT / name


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path
        for path in files("*.py")
        if path.relative_to(ROOT).parts[0] in SOURCE
        and "migrations" not in path.parts
        and path.name not in {"__init__.py", "apps.py"}
        and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert names(silent) == []


GENERATED = {"migrations", "golden"}


def test_no_file_is_longer_than_a_person_keeps_in_mind() -> None:
    written = [
        path for path in files("*.py", "*.html", "*.mjml", "*.js", "*.css", "*.sh") if not GENERATED & set(path.parts)
    ]
    assert names([path for path in written if len(path.read_text().splitlines()) > LONGEST]) == []


def test_migrations_do_what_they_did_whatever_became_of_the_code() -> None:
    """Of the apps they may name only what Django itself writes into them, parts of models, and one another's parts."""
    live = re.compile(
        r"^(?:from|import) (?:iria|(?:newsletters|subscribers|mail|lib)(?!\.(?:models|migrations)\b))\b", re.MULTILINE
    )
    assert names([path for path in files("*/migrations/*.py") if live.search(path.read_text())]) == []


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = [path for path in files("*.py") if path.stem in {"utils", "util", "helpers", "misc"}]
    assert names(drawers) == []


def test_no_template_holds_inline_script_or_asks_another_host() -> None:
    """The Content-Security-Policy would stop it, in the visitor's browser, where nobody sees it."""
    bad = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")"  # inline script
        r"|<[a-z][^>]*\son[a-z]+\s*="  # inline handler
        r"|(?:src|action)\s*=\s*[\"']https?://"
        r"|<link[^>]*href\s*=\s*[\"']https?://",
        re.IGNORECASE,
    )
    pages = list(files("templates/*.html", "*/templates/*.html", "newsletters/blocks/*.html"))
    assert pages
    assert {str(p.relative_to(ROOT)): found for p in pages if (found := bad.findall(p.read_text()))} == {}


def test_every_page_declares_its_language_and_viewport() -> None:
    whole = [path for path in files("*.html") if re.search(r"<html\b", path.read_text(), re.IGNORECASE)]
    assert whole
    lacking = [
        p for p in whole if not re.search(r"<html[^>]*\slang=", p.read_text()) or "viewport" not in p.read_text()
    ]
    assert names([p for p in lacking if "admin" not in p.parts]) == []


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_packages_are_locked_by_hash_and_name_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*)==\S+ .*\\\n\s+--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    declared = re.findall(r"^[a-z0-9][^\s#]*", text, re.MULTILINE)
    assert len(pinned) == len(declared) > 30


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name, wanted in (
        ("run.txt", project["project"]["dependencies"]),
        ("dev.txt", [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]),
    ):
        text = (ROOT / "requirements" / name).read_text()
        locked = dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", text, re.MULTILINE))
        for line in wanted:
            requirement = Requirement(line)
            version = locked.get(requirement.name.lower())
            assert version is not None, f"{requirement.name} is not in requirements/{name}"
            assert requirement.specifier.contains(version), f"{name} has {requirement.name} {version}"


def test_nothing_committed_names_this_machine_s_folders() -> None:
    home = re.compile(r"/(?:home|Users|root)/[a-z]")
    found = [
        path
        for path in files("*.py", "*.md", "*.toml", "*.sh", "*.yaml", "Makefile", ".ci/run", "deploy/*")
        if home.search(path.read_text()) and path != Path(__file__)
    ]
    assert names(found) == []


def test_scripts_can_be_run() -> None:
    scripts = [path for path in files() if path.read_bytes()[:2] == b"#!"]
    assert len(scripts) >= 3
    assert names([path for path in scripts if not os.access(path, os.X_OK) and path.name != "manage.py"]) == []


def test_make_help_lists_what_the_handbook_promises() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"make ([a-z-]+)", shown))
    assert {"run", "check", "test", "lint", "fmt", "types", "seed", "reset", "bench", "shots"} <= listed


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_commit_subjects_are_short() -> None:
    """Where the clone is too shallow to know which commits are bound, the newest is: it holds this test."""
    if not (ROOT / ".git").exists():
        pytest.skip("no history here: this is an export")
    whole = git("merge-base", "--is-ancestor", BOUND_AFTER, "HEAD").returncode == 0
    shown = git("log", "--format=%H %s", *([f"{BOUND_AFTER}..HEAD"] if whole else ["-n", "1"]))
    subjects = dict(line.split(" ", 1) for line in shown.stdout.splitlines())
    assert subjects, shown.stderr
    long = [subject for commit, subject in subjects.items() if len(subject) > SUBJECT and commit not in SHARED_TOO_LONG]
    assert long == []


def test_every_variable_of_the_environment_that_a_text_names_is_read_somewhere() -> None:
    """“(IRIA_SPAMD)” stood in a docstring, and the variable is called SPAMD."""
    name = re.compile(r"\bIRIA_[A-Z0-9_]+\b")
    read = re.compile(r"""["'](IRIA_[A-Z0-9_]+)["']|\$\{?(IRIA_[A-Z0-9_]+)""")
    named = ("*.py", "*.md", "*.sh", "*.yaml", "Makefile", ".ci/run", "deploy/*")
    texts = {path: path.read_text() for path in files(*named)}
    known = {found for text in texts.values() for match in read.findall(text) for found in match}
    unknown = {
        str(path.relative_to(ROOT)): sorted(names)
        for path, text in texts.items()
        if path != Path(__file__) and (names := set(name.findall(text)) - known)
    }
    assert unknown == {}


APPS = ("iria", "newsletters", "subscribers", "mail", "lib")


def modules_of_the_apps() -> Iterator[tuple[Path, ast.Module]]:
    for path in files("*.py"):
        if path.relative_to(ROOT).parts[0] in APPS and "migrations" not in path.parts:
            yield path, ast.parse(path.read_text())


def test_no_two_classes_share_a_name() -> None:
    """Whoever searches for a class finds one. A leading underscore makes no other name; Django wants `Command`."""
    places: dict[str, list[str]] = {}
    for path, module in modules_of_the_apps():
        for each in module.body:
            if isinstance(each, ast.ClassDef) and each.name != "Command":
                places.setdefault(each.name.lstrip("_"), []).append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_functions_say_what_they_do_to_what() -> None:
    """`look`, five times in the tree, finds nothing."""
    vague = {"look", "of", "keep", "kept", "say", "note"}
    found = [
        f"{path.relative_to(ROOT)}: {each.name}"
        for path, module in modules_of_the_apps()
        for each in module.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name.lstrip("_") in vague
    ]
    assert found == []
