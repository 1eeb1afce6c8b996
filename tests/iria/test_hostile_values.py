"""Whatever stands in an address or a form: no page fails, takes long, or takes much memory.

The pages are those of the URLconf and the values' names those that the page itself asks for, so a new page and a new
field are tried without a word here. Only a part of an address that is of a new kind needs an example (`PARTS`).
"""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from iria.inbox import views as inbox
from iria.inbox.store import Caught
from newsletters.models import Edition
from subscribers import intake
from subscribers.tokens import Purpose, make
from tests.factories import (
    make_article,
    make_comment,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_topic,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SECONDS = 8.0  # for one request on a busy machine; what this is about took a minute
MEGABYTES = 300.0  # more than the process had before all of it
CSRF = {"csrfmiddlewaretoken"}
TAKEN_AT_ONCE = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2_500_000  # bytes of a form, four of them a character
MARKS = "a" + "\u0315\u0301\u0327" * 60_000

# What a part of an address may be. By its name, or else by what Django's converter says it is.
PARTS: dict[str, list[Any]] = {
    "slug": ["who", "news", "no-such"],
    "token": ["x", "A" * 5000, "é\u0301", "<confirm>", "<preferences>", "<own_data>", "<unsubscribe>"],
    "kind": ["articles", "editions"],
    "number": ["1", "999999999999"],
    "folder": ["00"],
    "app_label": ["newsletters"],
    "name": ["0123456789abcdef-320"],
    "extension": ["jpg"],
    "service": ["postmark", "amazon_ses", "nobody"],
    "direction": ["tracking", "inbound"],
    "int": [1, 10**15, 2**63, 10**60],
    "string": ["x", "1", "9" * 40, "x" * 5000],
    "path": ["1", "9" * 40, "x/y", "_5F"],
}
# In the query of an address, within what a web server takes.
IN_QUERY = [
    "\x00", "1\x00", "9" * 19, "9" * 4000, "-" + "9" * 30, "٩" * 30, "1e400", "9" * 30 + ",1", "1_" * 20, "\udcff",
    "9999-99-99", "0000-00-00T99:99", "'\"<>{{ x }}%s\r\nX: y", "a\u0315\u0301" * 1000, "a " * 1500, "://", "None", "",
]  # fmt: skip
LARGE = [
    MARKS, MARKS + "@example.org", "ada@" + MARKS + ".org", "x" * 2_000_000, "é" * 500_000 + "@x.org",
    "@" * 500_000, "\n " * 300_000, "ada@" + "ß." * 100_000 + "org", "=?a?q?" * 100_000, "<" * 300_000,
]  # fmt: skip
IN_FORM = IN_QUERY + LARGE


# What tells them again in a query: PostgreSQL also refuses what is longer than its column.
HOSTILE = {"\x00", "9" * 12} | {value[:40] for value in IN_FORM if len(value) > 40}


@dataclass(frozen=True)
class Page:
    name: str
    parts: dict[str, str]  # the name of each part of the address, and what kind it is


def pages(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[Page]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from pages(each, (*spaces, each.namespace) if each.namespace else spaces)
        elif isinstance(each, URLPattern) and each.name:
            kinds = {
                name: type(kind).__name__.removesuffix("Converter").lower()
                for name, kind in each.pattern.converters.items()
            }
            named = each.pattern.regex.groupindex
            yield Page(":".join((*spaces, each.name)), {name: kinds.get(name, name) for name in named})


def addresses(page: Page) -> Iterator[str]:
    """Each with one of its parts varied."""
    choices = {name: PARTS.get(name) or PARTS[kind] for name, kind in page.parts.items()}
    first = {name: values[0] for name, values in choices.items()}
    tried = [first] + [first | {name: value} for name, values in choices.items() for value in values[1:]]
    for parts in tried:
        known = {name: TOKENS.get(value, value) if isinstance(value, str) else value for name, value in parts.items()}
        try:
            yield reverse(page.name, kwargs=known)
        except NoReverseMatch:
            if parts is first:  # a regular expression refuses what it does not know: only then is an example missing
                pytest.fail(f"{page.name}: give PARTS an example for {sorted(parts)}")


TOKENS: dict[str, str] = {}
ALL = sorted(pages(get_resolver()), key=lambda page: page.name)
ASKS_THE_DATABASE = re.compile(
    r"admin:\w+_changelist|admin:newsletters_edition_.*|admin:newsletters_(?:article_versions|page_versions|picture_choose|newsletter_look_of|listwelcome_(?:html|text|test)|feedback_undo|feedsource_check|newsletter_(?:report(?:_csv)?|reengage|date|calendar|next(?:_email)?))"
    r"|admin:search|admin:subscribers_(?:subscriber_action|subscriber_export|subscriber_merge|subscriber_receipts|suppression_release|mailinglist_sources|import_refused)|site:(?:archive|search|sitemap-part)"
)
OF_STAFF = [page for page in ALL if page.name.startswith("admin:")]
PUBLIC = [page for page in ALL if page not in OF_STAFF]


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the values that pages have asked for in a query or a form."""
    names: set[str] = set()

    def noting(method: str) -> None:
        original: Callable[..., Any] = getattr(QueryDict, method)

        def noted(self: QueryDict, key: Any, *rest: Any) -> Any:
            if isinstance(key, str):
                names.add(key)
            return original(self, key, *rest)

        monkeypatch.setattr(QueryDict, method, noted)

    for method in ("get", "getlist", "__getitem__", "__contains__"):
        noting(method)
    return names


@pytest.fixture(autouse=True)
def _installation(db: None, settings: Settings, tmp_path: Any) -> Iterator[None]:
    settings.SIGNUP_LIMITS_PER_IP = settings.SEARCH_LIMITS_PER_IP = settings.COMMENT_LIMITS_PER_IP = [(10**6, 60)]
    settings.SIGNUP_LIMIT_PER_DOMAIN = settings.CONFIRM_LIMIT_PER_IP = (10**6, 60)
    settings.SIGNUP_LIMIT_OF_SITE = (10**6, 60)
    settings.SIGNUP_MINIMUM_SECONDS = settings.COMMENT_MINIMUM_SECONDS = 0
    settings.INBOX_ENABLED, settings.INBOX_FILE = True, tmp_path / "inbox.sqlite3"
    topic = make_topic(name="Who", slug="who")
    news = make_list(name="News", slug="news", topics=[topic])
    ada = make_reader(news, email="ada@example.org", topics=[topic])
    article = make_article(slug="who", topics=[topic])
    make_comment(article, state="approved")
    newsletter = make_newsletter(mailing_list=news)
    Edition.objects.filter(pk=make_edition(newsletter, articles=[article]).pk).update(slug="who")
    inbox.store().add([Caught("a@x.org", "b@x.org", b"Subject: x\r\n\r\nx\r\n")])
    TOKENS.update({
        "<confirm>": make(Purpose.CONFIRM, int(time.time()), ada.subscriptions.get().pk),
        "<preferences>": make(Purpose.PREFERENCES, ada.pk),
        "<own_data>": make(Purpose.OWN_DATA, ada.pk, int(time.time())),
        "<unsubscribe>": make(Purpose.UNSUBSCRIBE, ada.pk, news.pk, 0),
    })  # fmt: skip
    yield
    inbox.store().close()
    inbox.opened.cache_clear()


def either(tried: list[Page]) -> list[Any]:
    """As parameters of a test; those whose values never reach the database need only one."""
    return [
        pytest.param(
            page, id=page.name, marks=[] if ASKS_THE_DATABASE.fullmatch(page.name) else pytest.mark.either_database
        )
        for page in tried
    ]


def is_hostile(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(is_hostile, value))
    if isinstance(value, str):
        return any(piece in value for piece in HOSTILE)
    return isinstance(value, int) and abs(value) > 10**12


@pytest.fixture(autouse=True)
def _watched(request: pytest.FixtureRequest, _installation: None) -> Iterator[None]:
    """What reaches the database of a page that is tried on one only."""
    asked: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if is_hostile(tuple(params.values()) if isinstance(params, dict) else tuple(params or ())):
            asked.add(sql[:300])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    page = request.node.callspec.params["page"]
    assert not asked or ASKS_THE_DATABASE.fullmatch(page.name), f"add {page.name} to ASKS_THE_DATABASE: {asked}"


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def most_memory() -> float:
    """The most that this process ever had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ask(browser: Client, address: str, values: dict[str, Any] | None = None, *, form: bool = False) -> int:
    """The status of the answer."""
    started = time.monotonic()
    if form:
        answer = browser.post(address, values or {})
    else:
        pairs = ((quote(name), quote(value, errors="surrogateescape")) for name, value in (values or {}).items())
        query = "&".join(f"{name}={value}" for name, value in pairs)
        answer = browser.get(f"{address}?{query}" if query else address)
    for _piece in getattr(answer, "streaming_content", ()):
        pass
    took = time.monotonic() - started
    what = f"{'POST' if form else 'GET'} {address[:200]} { ({n: v[:40] for n, v in (values or {}).items()})!r}"
    assert answer.status_code < 500, f"{what}: {answer.status_code} {getattr(answer, 'exc_info', '')}"
    assert took < SECONDS, f"{what}: {took:.1f} s"
    return answer.status_code


@pytest.mark.parametrize("page", either(PUBLIC))
def test_no_value_hurts_a_page_that_anybody_can_open(browser: Client, asked_for: set[str], page: Page) -> None:
    before = most_memory()
    for number, address in enumerate(addresses(page)):
        asked_for.clear()
        if ask(browser, address) >= 400 and number:  # one page that isn't there is like another
            continue
        in_query = asked_for - CSRF
        takes_forms = ask(browser, address, form=True) != 405
        in_form = asked_for - CSRF
        alone: set[str] = set()  # each name with another third of the values; all together they get each
        for _round in range(2):  # what a page asks for may depend on what it was told
            asked_for.clear()
            for turn, value in enumerate(IN_QUERY):
                for name in sorted(in_query - alone)[turn % 3 :: 3]:
                    ask(browser, address, {name: value})
                ask(browser, address, dict.fromkeys(sorted(in_form), value))
            alone |= in_query
            in_query |= asked_for - CSRF
            # The large ones meet what every form does with a value: each page is given another third of them.
            for value in IN_QUERY + LARGE[ALL.index(page) % 3 :: 3] if takes_forms else ():
                sent = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                within = TAKEN_AT_ONCE // (4 * max(1, len(in_form)))  # what is larger is refused before a form sees it
                ask(browser, address, dict.fromkeys(sorted(in_form), sent[:within]), form=True)
            if asked_for - CSRF <= in_form:
                break
            in_form |= asked_for - CSRF
    while intake.is_waiting():
        assert intake.take_in() > 0, "what a form took in can't be taken in by a worker"
    assert most_memory() - before < MEGABYTES


def filters_of(page: Page) -> set[str]:
    """What a list of the admin takes in its query, which it reads as a whole."""
    for model, model_admin in admin.site._registry.items():
        if page.name == f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist":
            names = {each for each in model_admin.list_filter if isinstance(each, str)} | {"id"}
            hierarchy = {f"{model_admin.date_hierarchy}__{part}" for part in ("year", "month", "day")}
            return (
                {f"{name}{lookup}" for name in names for lookup in ("", "__exact", "__id__exact", "__in", "__gte")}
                | {"p", "o", "q", "all", "e", "_popup", "_to_field", "_facets"}
                | (hierarchy if model_admin.date_hierarchy else set())
            )
    return set()


@pytest.mark.parametrize("page", either(OF_STAFF))
def test_no_value_hurts_a_page_of_the_staff(browser: Client, asked_for: set[str], page: Page) -> None:
    if page.name in {"admin:logout"}:
        return
    browser.force_login(User.objects.create_superuser("owner", password="pw"))
    before = most_memory()
    found = list(addresses(page))
    asked_for.clear()
    for address in found:
        ask(browser, address)
    for number, name in enumerate(sorted(asked_for | filters_of(page))):
        for value in IN_QUERY[number % 6 :: 6]:  # each name is given another sixth of the values
            ask(browser, found[0], {name: value})
    assert most_memory() - before < MEGABYTES
