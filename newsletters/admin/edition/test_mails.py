"""Test mails: what is saved, to people of the house and to seed lists, as everybody or as one kind of reader sees it.

They go the way that all mails go, marked [Test]; their links for leaving belong to nobody. What became of each is said.
A test is no way to mail anybody else: addresses are those of staff and of seed lists, which only people who may send
can keep, and there are only so many tests an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lib.addresses import BadAddress, address_key, normalise
from lib.query_numbers import read_numbers
from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition import preview
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.admin.edition.preflight import ask_for_inspection
from newsletters.admin.roles import may, who_may
from newsletters.delivery.test_mails import send_test
from newsletters.models import SeedList
from newsletters.rendering.content import EditionContent
from subscribers.segments.rules import BadRule
from subscribers.throttling import Throttled, count_attempt

if TYPE_CHECKING:
    SeedListFormBase = forms.ModelForm[SeedList]
    SeedListAdminBase = admin.ModelAdmin[SeedList]
else:
    SeedListFormBase, SeedListAdminBase = forms.ModelForm, admin.ModelAdmin

TYPED_AT_MOST, A_LIST_AT_MOST, ALL_AT_MOST = 5, 20, 40
TESTS_OF_ONE = [(120, 3600), (600, 86_400)]  # addresses, by one member of staff
TYPED, LISTS = "test_addresses", "test_lists"  # in the session: what was chosen last is chosen again


class NoTest(ValueError):
    """No test was sent; the message says why."""


def test_mail_context(request: HttpRequest, page: EditionPage) -> dict[str, Any]:
    """What the form of a test shows."""
    return {
        **addresses_context(request),
        "topics": page.list_topics,
        "block_segments": page.content.block_segments,
        "may_see_readers": may(request, "subscribers.view_subscriber"),
    }


def addresses_context(request: HttpRequest) -> dict[str, Any]:
    """Of it, whom a test can go to."""
    chosen = set(request.session.get(LISTS, ()))
    lists = list(SeedList.objects.all())
    typed = request.session.get(TYPED)
    if typed is None:
        typed = getattr(request.user, "email", "")
    return {
        "typed": typed,
        "lists": [{"list": each, "count": len(each.all), "chosen": each.pk in chosen} for each in lists],
        "may_see_lists": may(request, "newsletters.view_seedlist"),
    }


def send_test_mail(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """Send what is saved, marked as a test."""
    edition = page.edition
    try:
        addresses = addresses_asked(request)
        reader = preview.reader_of(request, edition, request.POST)
        content = _content_for(reader, page.content)
        count_tests(request, len(addresses))
    except (NoTest, preview.NoSuchReader) as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(edition_url(edition) + "#test")
    chosen = {"topic", "as", "without"} & {name for name, value in request.POST.items() if value}
    ask_for_inspection(page)  # anyone who tests will soon want to know
    sentences = send_test(
        content,
        addresses,
        acting_name(request),
        as_reader=reader.recipient_of(content) if chosen else None,
        articles=reader.articles_of(content),
    )
    tell_outcomes(request, sentences)
    words = ngettext("Sent a test to %d address.", "Sent a test to %d addresses.", len(addresses)) % len(addresses)
    log_to_history(request, edition, words)
    return HttpResponseRedirect(edition_url(edition) + "#test")


def tell_outcomes(request: HttpRequest, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        # Before the address stand words of ours, since the admin gives a message a capital letter.
        messages.info(request, _("Test email to %(what_became_of_it)s") % {"what_became_of_it": sentence})


def _content_for(reader: preview.Reader, content: EditionContent) -> EditionContent:
    """What this reader sees of it."""
    try:
        if nothing := reader.why_nothing(content):
            raise NoTest(nothing)
        return reader.content_of(content)
    except BadRule as problem:
        raise NoTest(str(problem)) from problem


def count_tests(request: HttpRequest, addresses: int) -> None:
    """Raises `NoTest` when this person has sent too many."""
    try:
        count_attempt("test-mails", str(request.user.pk), TESTS_OF_ONE, amount=addresses)
    except Throttled as limit:
        raise NoTest(
            ngettext(
                "You've sent a lot of tests. Wait a minute and try again.",
                "You've sent a lot of tests. Wait %(minutes)d minutes and try again.",
                limit.minutes,
            )
            % {"minutes": limit.minutes}
        ) from None


def addresses_asked(request: HttpRequest) -> list[str]:
    """Those that the form names; it begins with them the next time. Raises `NoTest`."""
    lists = read_numbers(request.POST.getlist("list"))
    typed = request.POST.get("addresses", "")[:2000]
    request.session[TYPED], request.session[LISTS] = typed, lists
    return _addresses(typed, SeedList.objects.filter(pk__in=lists))


def _addresses(typed: str, lists: Iterable[SeedList]) -> list[str]:
    """Those typed, then those of the lists, each once. Raises `NoTest`."""
    own = list(dict.fromkeys(typed.replace(",", " ").replace(";", " ").split()))
    if wrong := [address for address in own if not is_address(address)]:
        raise NoTest(_("“%(address)s” isn't a valid email address. No test was sent.") % {"address": wrong[0]})
    if len(own) > TYPED_AT_MOST:
        raise NoTest(
            _("You can type at most %(count)d addresses. For more, create a seed list.") % {"count": TYPED_AT_MOST}
        )
    _refuse_strangers(own)
    addresses = list(dict.fromkeys([*own, *(address for each in lists for address in each.all)]))
    if not addresses:
        raise NoTest(_("Enter an address for the test, or choose a list."))
    if len(addresses) > ALL_AT_MOST:
        raise NoTest(_("A test goes to at most %d addresses.") % ALL_AT_MOST)
    return addresses


def _refuse_strangers(addresses: list[str]) -> None:
    """Raises `NoTest` for an address that is neither of the staff nor on a seed list."""
    if not addresses:
        return
    staff = get_user_model().objects.filter(is_active=True, is_staff=True).values_list("email", flat=True)
    known = {address_key(email) for email in staff}
    known |= {address_key(email) for each in SeedList.objects.all() for email in each.all}
    if strangers := [address for address in addresses if address_key(address) not in known]:
        raise NoTest(
            _(
                "“%(address)s” isn't an address of your staff or on a seed list, and tests only go to those. No test "
                "was sent. Someone with the role %(who)s can add it to a seed list."
            )
            % {"address": strangers[0], "who": who_may("newsletters.change_seedlist")}
        )


def is_address(text: str) -> bool:
    """What the sign-up form takes, a test takes too."""
    try:
        normalise(text)
    except BadAddress:
        return False
    return True


# --- Seed lists ---------------------------------------------------------------------------------------------------
class SeedListForm(SeedListFormBase):
    class Meta:
        model = SeedList
        fields = ["name", "addresses"]
        widgets = {"addresses": forms.Textarea(attrs={"rows": 10, "class": "vLargeTextField"})}

    def clean_addresses(self) -> str:
        words = self.cleaned_data["addresses"].replace(",", " ").replace(";", " ").split()
        addresses = list(dict.fromkeys(words))
        if wrong := [address for address in addresses if not is_address(address)]:
            raise forms.ValidationError(
                _("This isn't a valid email address: %s.") % ", ".join(f"“{address}”" for address in wrong)
            )
        if len(addresses) > A_LIST_AT_MOST:
            raise forms.ValidationError(
                _("A list can have at most %(most)d addresses; this one has %(count)d.")
                % {"most": A_LIST_AT_MOST, "count": len(addresses)}
            )
        return "\n".join(addresses)


@admin.register(SeedList)
class SeedListAdmin(SeedListAdminBase):
    form = SeedListForm
    list_display = ["name", "how_many", "updated_at"]
    search_fields = ["name", "addresses"]

    @admin.display(description=gettext_lazy("addresses"))
    def how_many(self, seed_list: SeedList) -> int:
        return len(seed_list.all)
