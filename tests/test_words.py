"""What people read keeps to the house's vocabulary: plain English, one term for each thing.

Read are the texts of all templates, and of the code every string that a person may see: calls of gettext, labels,
help texts and verbose names, messages of the admin, errors, the terminal's output, log lines. A turn that went must not
come back; on a hit write the term beside it instead.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = ("iria", "newsletters", "subscribers", "mail", "lib", "manage.py")

# What is banned, and what to say instead.
BANNED = {
    r"put off": "deferred",
    r"called off": "cancelled",
    r"call(?:ed|s|ing)? (?:it |them |an edition |\S+ )?back|recall(?:ed)?": "undo send",
    r"hand(?:ed|ing) out": "sending",
    r"is paced|\bpaces?\b|\bpacing\b": "rate limit, throttled",
    r"\bdesk\b": "dashboard",
    r"pass(?:ed|es|ing)? over": "override",
    r"things? to look at|look(?:ed|s)? at (?:it )?again|look again|looks? at:": "check again, issues",
    r"second person": "approval",
    r"ask(?:s|ed|ing)? for (?:an )?approval": "request approval",
    r"who (?:is|are) in doubt": "emails in doubt",
    r"let(?:ting)? (?:it|sending) go on|go on with\b": "resume",
    r"sending is halted": "sending is stopped",
    r"settl(?:e|es|ed|ing)": "resolve",
    r"\bmend(?:s|ed|ing)?\b(?!\)s)": "fix",
    r"one press|press once more": "button",
    r"who(?:m|so)?ever\b|of whom\b": "anyone who, readers who",
    r"so long (?:is|as)\b": "as long as",
    r"(?<!there )(?:is|are) no (?!longer\b|one\b|need\b)": "isn't a valid …",
    r"no such (?:edition|newsletter|request)": "… doesn't exist",
    r"not yours to do|(?:is|are) not for you|may not (?:look|open|see|do)\b": "you don't have permission",
    r"\be-mails?\b": "email",
    r"\bmails\b": "emails",
    r"tak(?:e|es|en|ing) (?:it|them) out": "remove",
    r"all the same\b": "anyway",
    r"leave everything": "unsubscribe from all",
    r"nobody understands": "we don't understand",
}
_BANNED = re.compile("|".join(f"(?P<turn{n}>{turn})" for n, turn in enumerate(BANNED)), re.IGNORECASE)

# Strings that a person sees are arguments of these.
_SAID_BY = {
    "_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy",
    "npgettext", "print", "print_line", "say", "write", "debug", "info", "warning", "error", "exception", "critical",
    "success", "add_argument", "Http404",
}  # fmt: skip
_NAMED = {"help", "help_text", "label", "verbose_name", "verbose_name_plural", "short_description", "description"}


def _tracked(*patterns: str) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", *patterns], cwd=ROOT, capture_output=True, check=True
    )
    for name in sorted(filter(None, listed.stdout.decode().split("\0"))):
        if (ROOT / name).is_file():
            yield ROOT / name


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    yield from (
        (part.lineno, part.value)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def said_by_code(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module that somebody may read, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node) in _SAID_BY:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from _strings(argument)
        elif isinstance(node, ast.keyword) and node.arg in _NAMED:
            yield from _strings(node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id in _NAMED for target in targets):
                yield from _strings(node.value)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for argument in node.exc.args:
                yield from _strings(argument)


def said_by_template(source: str) -> Iterator[tuple[int, str]]:
    """The text of a template: between the tags of HTML, in attributes that are read, and in `translate`."""
    for match in re.finditer(r"{%\s*translate\s+([\"'])(.*?)\1", source):
        yield source.count("\n", 0, match.start()) + 1, match[2]
    for match in re.finditer(r"\b(?:title|aria-label|placeholder|alt|value)=\"([^\"{]+)\"", source):
        yield source.count("\n", 0, match.start()) + 1, match[1]
    plain = re.sub(
        r"{#.*?#}|{%.*?%}|{{.*?}}|<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>",
        lambda match: "\n" * match[0].count("\n") + " ", source, flags=re.DOTALL,
    )  # fmt: skip
    yield from enumerate(plain.splitlines(), 1)


def banned(text: str) -> list[str]:
    """Each banned turn in the text, with what to say instead."""
    instead = list(BANNED.values())
    return [f"“{hit[0]}”: say {instead[int((hit.lastgroup or '')[4:])]}" for hit in _BANNED.finditer(text)]


def _found(said: Iterator[tuple[int, str]], path: Path) -> list[str]:
    return sorted({f"{path.relative_to(ROOT)}:{line}: {hit}" for line, text in said for hit in banned(text)})


def test_templates_keep_to_the_vocabulary() -> None:
    pages = [
        path for path in _tracked("*.html", "*.txt", "*.mjml", "*.xml") if {"templates", "blocks"} & set(path.parts)
    ]
    pages = [path for path in pages if path.relative_to(ROOT).parts[0] in {*CODE, "templates"}]
    assert len(pages) > 100
    assert [hit for path in pages for hit in _found(said_by_template(path.read_text()), path)] == []


def test_code_keeps_to_the_vocabulary_in_what_people_read() -> None:
    modules = [
        path for path in _tracked("*.py")
        if path.relative_to(ROOT).parts[0] in CODE and "migrations" not in path.parts
    ]  # fmt: skip
    assert len(modules) > 200
    assert [hit for path in modules for hit in _found(said_by_code(path.read_text()), path)] == []


@pytest.mark.parametrize(
    "text",
    [
        "“x” is no domain.", "Not yours to do", "Look, and let it go on", "Pass over what stands in the way?",
        "Who is in doubt", "So long is a mail tried again that a server put off.", "3 mails are sent",
        "unless you call it back", "Mend it, and ask for approval.", "One press, and you are subscribed",
        "This address is no e-mail address.", "There is no such edition.",
    ],
)  # fmt: skip
def test_what_went_is_found(text: str) -> None:
    assert banned(text)


@pytest.mark.parametrize(
    "source",
    [
        'title = _("Settle them")',
        'name = models.CharField(_("name"), help_text=_("Whoever reads it"))',
        "class Command:\n    help = 'Settles mails'",
        'raise Refused(f"{count} mails were called off")',
        'messages.info(request, "It was put off" if late else "Sent")',
        'logger.warning("Edition %s was recalled", pk)',
    ],
)
def test_it_is_found_wherever_code_says_something(source: str) -> None:
    assert [hit for _line, text in said_by_code(source) for hit in banned(text)]


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "Who is in doubt" %}</p>',
        "<p>{% blocktranslate count n=n %}{{ n }} mail{% plural %}{{ n }} mails{% endblocktranslate %}</p>",
        '<input type="submit" value="Settle">',
        "<h1>The desk</h1>",
    ],
)
def test_it_is_found_wherever_a_template_says_something(source: str) -> None:
    assert [hit for _line, text in said_by_template(source) for hit in banned(text)]


@pytest.mark.parametrize("text", ["It is no longer in the inbox.", "There is no article on this topic.", "Take part"])
def test_plain_english_passes(text: str) -> None:
    assert banned(text) == []
