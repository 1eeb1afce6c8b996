"""A draft welcomes who joins a list: as it stood, to one person, without being an edition."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from mail.models import Message
from mail.outbox.sending import send_due
from newsletters.editions import editing
from newsletters.editions.drafts import Block, draft_of
from newsletters.editions.list_welcomes import use_as_welcome
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.transitions import NotApproved, NotReady, Refused
from newsletters.models import Delivery, Edition, ListWelcome, Newsletter
from newsletters.rendering.content import digest_of_json
from newsletters.site.sample_editions import newest_editions
from subscribers.attributes import holding
from subscribers.models import MailingList, Segment, Subscriber, Subscription
from subscribers.models.attributes import Attribute
from subscribers.signup import joining
from tests.factories import (
    make_article,
    make_attribute,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_subscription,
    make_topic,
    queue,
)
from tests.newsletters.delivery.audience.test_segments import make_segment
from tests.newsletters.editions.test_list_texts import welcome_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def weekly() -> MailingList:
    return make_list(name="Weekly", slug="weekly", topics=[make_topic(name="Grain"), make_topic(name="Ships")])


@pytest.fixture
def newsletter(weekly: MailingList) -> Newsletter:
    return make_newsletter(weekly)


def make_draft(newsletter: Newsletter, *blocks: Block, subject: str = "Hello {{ first_name|reader }}") -> Edition:
    """Without anything else in it."""
    edition = make_edition(newsletter, articles=[])
    draft = replace(
        draft_of(edition),
        subject=subject,
        preheader="What to expect",
        blocks=blocks or (Block(kind="text", html="<p>Here is what to expect.</p>"),),
    )
    return editing.save(edition.pk, draft, revision=edition.revision)


def welcome(edition: Edition, language: str = "") -> ListWelcome:
    return use_as_welcome(LoadedEdition(edition), language, by="Ada")


def html_of(sent: mail.EmailMultiAlternatives) -> str:
    return str(sent.alternatives[0][0])


def test_the_draft_welcomes_who_joins_as_it_stood(newsletter: Newsletter, weekly: MailingList) -> None:
    edition = make_draft(newsletter)
    made = welcome(edition)
    assert (made.chosen_by, made.language, made.mailing_list) == ("Ada", "", weekly)
    editing.reword(edition, subject="Changed since")
    sent = welcome_of(weekly)
    assert sent.subject == "Hello reader"
    assert "Here is what to expect." in str(sent.body) and "Here is what to expect." in html_of(sent)
    assert str(timezone.localdate().year) in str(sent.body)


def test_it_leaves_with_one_click_and_is_a_message_and_no_edition(
    newsletter: Newsletter, weekly: MailingList, client: Client
) -> None:
    edition = make_draft(newsletter)
    welcome(edition)
    sent = welcome_of(weekly)
    row = Message.objects.get(kind="welcome")
    headers = dict(sent.message().items())
    assert headers["Message-ID"].startswith("<welcome") and headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "weekly" in headers["List-Id"]
    assert not {"Precedence", "Feedback-ID"} & set(headers)
    assert row.state == Message.State.SENT
    assert not Delivery.objects.exists() and not newest_editions([weekly])
    edition.refresh_from_db()
    assert edition.status == Edition.Status.DRAFT and edition.number is None
    assert "in your browser" not in str(sent.body) + html_of(sent) and "No. " not in str(sent.body)
    (link,) = re.findall("<(.+)>", headers["List-Unsubscribe"])
    assert link in str(sent.body)
    path = link.removeprefix("https://news.iria.example")
    edition.delete()
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    subscription = Subscription.objects.get(mailing_list=weekly)
    assert subscription.status == Subscription.Status.UNSUBSCRIBED


def test_several_lists_at_once_and_another_language_keep_the_usual_welcome(
    newsletter: Newsletter, weekly: MailingList
) -> None:
    welcome(make_draft(newsletter), "ar")
    assert welcome_of(weekly).subject == "Welcome to Weekly"
    assert welcome_of(weekly, language="ar").subject == "Hello reader"
    welcome(make_draft(newsletter, subject="For all"))
    assert welcome_of(weekly).subject == "For all"
    assert welcome_of(weekly, language="ar").subject == "Hello reader"
    assert welcome_of(weekly, make_list()).subject == "Welcome to your newsletters"


def test_choosing_another_replaces_it_and_without_one_the_usual_welcome_is_back(
    newsletter: Newsletter, weekly: MailingList
) -> None:
    welcome(make_draft(newsletter))
    welcome(make_draft(newsletter, subject="A better one"))
    assert welcome_of(weekly).subject == "A better one"
    ListWelcome.objects.get().delete()
    assert welcome_of(weekly).subject == "Welcome to Weekly"


def test_it_shows_one_person_what_is_for_them(newsletter: Newsletter, weekly: MailingList) -> None:
    grain = weekly.topics.get(name="Grain")
    make_attribute("city")
    press = make_segment("Press", {"field": "attribute.city", "is": "is", "value": "Oslo"})
    edition = make_draft(
        newsletter,
        Block(article_id=make_article(title="All about grain", topics=[grain]).pk),
        Block(article_id=make_article(title="All about ships", topics=[weekly.topics.get(name="Ships")]).pk),
        Block(kind="text", html="<p>Only for Oslo</p>", only_segment=press.pk),
        Block(kind="text", html="<p>Your city is {{ city|not known }}.</p>"),
        subject="Hello",
    )
    welcome(edition)
    person = Subscriber.objects.create(email="ola@example.org", email_key="ola@example.org", name="Ola")
    holding.write_values(person.pk, {"city": "Oslo"})
    from_oslo = joined(person, weekly, grain.pk)
    assert "All about grain" in from_oslo and "All about ships" not in from_oslo
    assert "Only for Oslo" in from_oslo and "Your city is Oslo." in from_oslo
    other = str(welcome_of(weekly).body)
    assert "All about ships" in other and "Only for Oslo" not in other and "Your city is not known." in other


def joined(person: Subscriber, mailing_list: MailingList, *topics: int) -> str:
    chosen = list(mailing_list.topics.filter(pk__in=topics))
    subscription = make_subscription(person, mailing_list, status=Subscription.Status.PENDING, topics=chosen)
    person.refresh_from_db()
    joining.accept_consent(person, [subscription])
    send_due()
    return str(mail.outbox[-1].body)


def test_nothing_for_somebody_is_the_usual_welcome(newsletter: Newsletter, weekly: MailingList) -> None:
    make_attribute("city")
    press = make_segment("Press", {"field": "attribute.city", "is": "is", "value": "Oslo"})
    welcome(make_draft(newsletter, Block(kind="text", html="<p>Only for Oslo</p>", only_segment=press.pk)))
    assert welcome_of(weekly).subject == "Welcome to Weekly"


@pytest.mark.parametrize("damage", ["hash", "newer", "segment"])
def test_what_cannot_be_written_is_logged_and_the_usual_welcome_goes_out(
    newsletter: Newsletter, weekly: MailingList, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_attribute("city")
    press = make_segment("Press", {"field": "attribute.city", "is": "is", "value": "Oslo"})
    text = Block(kind="text", html="<p>For all</p>")
    made = welcome(make_draft(newsletter, text, Block(kind="text", html="<p>x</p>", only_segment=press.pk)))
    if damage == "hash":
        ListWelcome.objects.update(content=made.content | {"subject": "Forged"})
    elif damage == "newer":
        newer = made.content | {"from_the_future": 1}
        ListWelcome.objects.update(content=newer, content_hash=digest_of_json(newer))
    else:
        Attribute.objects.all().delete()
    assert welcome_of(weekly).subject == "Welcome to Weekly"
    assert "can't be written; the usual one goes out instead" in caplog.text


def test_preflight_runs_without_an_audience_and_blocks(newsletter: Newsletter) -> None:
    assert not Subscriber.objects.exists()
    assert welcome(make_draft(newsletter))
    with pytest.raises(NotReady, match="has no subject"):
        welcome(make_draft(newsletter, subject=""))
    with pytest.raises(NotReady, match="The subject names the number of the edition"):
        welcome(make_draft(newsletter, subject="Issue {{ number }}"))
    gone = make_segment("Press", {"field": "tag", "is": "empty"})
    edition = make_draft(newsletter, Block(kind="text", html="<p>x</p>", only_segment=gone.pk))
    Segment.objects.all().delete()
    with pytest.raises(NotReady, match="Choose again who sees it"):
        welcome(edition)


def test_only_drafts_in_a_language_of_readers_and_approved_where_that_is_asked(newsletter: Newsletter) -> None:
    edition = make_draft(newsletter)
    with pytest.raises(Refused, match="languages that readers can have"):
        welcome(edition, "xx")
    MailingList.objects.update(needs_approval=True)
    with pytest.raises(NotApproved, match="requires approval"):
        welcome(Edition.objects.get(pk=edition.pk))
    MailingList.objects.update(needs_approval=False)
    make_reader(newsletter.mailing_list)
    queued = queue(make_edition(newsletter), send_at=timezone.now() + timedelta(days=1))
    with pytest.raises(Refused, match="Only a draft"):
        welcome(queued)
