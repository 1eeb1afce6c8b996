"""The demo institute: every file is well-formed, it loads whole or not at all, and its first edition is due."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from iria.demo import seed_files, seeding
from newsletters.articles import writing
from newsletters.models import Article, Edition, Institute, Newsletter, Picture
from subscribers import suppression
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Topic

pytestmark = [pytest.mark.django_db, pytest.mark.either_database, pytest.mark.slow]
AIRSTRIKES = "us-strikes-isis-camps-syria"


@pytest.mark.parametrize("path", sorted((seed_files.SEEDS / "articles").glob("*.html")), ids=lambda path: path.stem)
def test_every_article_is_clean_already_and_of_a_length_to_read(path: Path) -> None:
    seed = seeding._read_article(path)
    body = seed.body.replace('src="picture:air-refuelling"', 'src="/media/pictures/ab/0123456789abcdef-960.jpg"')
    assert writing.clean_body(body) == body.strip()
    words, _minutes = writing.reading(body)
    assert 300 <= words <= 900
    assert len(seed.title) <= 100
    assert 60 <= len(seed.summary) <= 240
    assert seed.published < timezone.now()
    assert path.stem == path.stem.lower()


def test_every_picture_is_small_and_described() -> None:
    described = seed_files.read_toml("pictures.toml")
    files = {path.name for path in (seed_files.SEEDS / "pictures").iterdir()}
    assert files == {entry.get("file", f"{name}.jpg") for name, entry in described.items()}
    for name, entry in described.items():
        path = seed_files.SEEDS / "pictures" / entry.get("file", f"{name}.jpg")
        assert path.stat().st_size <= 120_000
        assert entry["alt"].strip()
        if name != "logo":
            assert Image.open(path).size == (1280, 720)
            assert "illustration" in entry["credit"]


def test_readers_have_addresses_that_belong_to_nobody() -> None:
    readers = seeding.read_readers()
    assert len({reader.email.lower() for reader in readers}) == len(readers)
    assert {reader.email.rpartition("@")[2] for reader in readers} == {"example.org", "example.com", "example.net"}
    states = [reader.state for reader in readers]
    assert states.count("confirmed") == 40
    assert {state: states.count(state) for state in ("paused", "suppressed", "left")} == {
        "paused": 1, "suppressed": 1, "left": 1,
    }  # fmt: skip
    assert states.count("pending") >= 2
    assert any(reader.topics == ("Middle East",) for reader in readers)
    assert any(reader.topics == ("Latin America",) for reader in readers)


def test_it_loads_everything_in_seconds() -> None:
    begun = time.process_time()  # what others do on this machine meanwhile does not count
    seeding.load_demo()
    assert time.process_time() - begun < 5
    assert Article.objects.published().count() == 12
    assert Institute.current().contact_email == "editor@ir-ia.com"
    assert Picture.objects.count() == 14
    assert Topic.objects.filter(articles__isnull=True).get().name == "Latin America"
    mailing_list = MailingList.objects.get()
    assert Newsletter.objects.get().mailing_list == mailing_list
    assert mailing_list.topics.count() == Topic.objects.count()


def test_the_report_on_the_airstrikes_is_whole(client: Client) -> None:
    seeding.load_demo()
    article = Article.objects.get(slug=AIRSTRIKES)
    assert [topic.name for topic in article.topics.all()] == ["Middle East", "News", "US"]
    assert article.reading_minutes == 4
    assert article.lead_picture is not None
    html = str(client.get(article.get_absolute_url()).content, "utf-8")
    assert html.count("(Image credit: IRIA illustration)") == 2
    assert "4 minute read" in html
    for fact in ("12 October", "37 militants", "About 900 American troops", "2,500", "more than 150 attacks", "Matney"):
        assert fact in html


def test_the_demo_sends_from_the_domain_of_the_installation(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Zwanzig <news@xn--mnchen-3ya.example>"
    seeding.load_demo()
    senders = {MailingList.objects.get().from_email, Newsletter.objects.get().from_email}
    assert senders == {"news@xn--mnchen-3ya.example"}


def test_the_first_edition_is_due_now_with_every_article() -> None:
    seeding.load_demo()
    edition = Edition.objects.get()
    assert edition.status == Edition.Status.QUEUED
    assert edition.send_at is not None
    assert edition.send_at <= timezone.now()
    assert edition.snapshot is not None
    assert edition.snapshot["blocks"][0]["article"]["path"] == f"/articles/{AIRSTRIKES}/"
    assert len(edition.snapshot["blocks"]) == 12
    assert "first_name|reader" in edition.snapshot["introduction"]


def test_every_reader_has_the_consent_that_their_state_needs() -> None:
    seeding.load_demo()
    confirmed = Subscription.objects.filter(status="confirmed")
    assert confirmed.count() == 42  # 40, and one each who is paused and suppressed
    for subscription in confirmed:
        actions = set(ConsentRecord.objects.filter(subscriber=subscription.subscriber).values_list("action", flat=True))
        assert {"asked", "confirmed"} <= actions
    pending = ConsentRecord.objects.filter(subscriber__subscriptions__status="pending")
    assert set(pending.values_list("action", flat=True)) == {"asked"}
    assert set(ConsentRecord.objects.exclude(action="suppressed").values_list("source", flat=True)) == {"seed"}
    assert suppression.is_suppressed("closed-mailbox@example.org")
    assert Subscriber.objects.filter(paused_until__gt=timezone.now()).count() == 1


def test_a_database_with_anything_in_it_is_left_alone() -> None:
    seeding.load_demo()
    counts = (Article.objects.count(), Subscriber.objects.count(), Edition.objects.count())
    with pytest.raises(seeding.NotEmpty, match="nothing was changed"):
        seeding.load_demo()
    assert (Article.objects.count(), Subscriber.objects.count(), Edition.objects.count()) == counts


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The seed files, to be spoiled."""
    import shutil

    folder = tmp_path / "seeds"
    shutil.copytree(seed_files.SEEDS, folder)
    monkeypatch.setattr(seed_files, "SEEDS", folder)
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (f"articles/{AIRSTRIKES}.html", "\n---\n", "\n", "no line of three dashes"),
        (f"articles/{AIRSTRIKES}.html", "author:", "writer:", "author, writer"),
        (f"articles/{AIRSTRIKES}.html", "2024-10-14 09:00", "yesterday", "“yesterday” isn't a date"),
        (f"articles/{AIRSTRIKES}.html", "Middle East, News", "Middle Earth, News", "no topic “Middle Earth”"),
        (f"articles/{AIRSTRIKES}.html", "picture: desert-camps", "picture: none", "no picture “none”"),
        ("readers.csv", ",pending,", ",perhaps,", "the state one of"),
        ("institute.toml", 'name = "', "name = ", "institute.toml"),
    ],
)
def test_a_spoiled_file_is_named_and_nothing_is_loaded(
    copied: Path, file: str, old: str, new: str, sentence: str
) -> None:
    path = copied / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(seed_files.BadSeed, match=sentence) as problem:
        seeding.load_demo()
    assert Path(file).name in str(problem.value)
    assert seeding.is_empty()


def test_a_start_that_was_interrupted_begins_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(newsletter: Newsletter) -> Edition:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(seeding, "first_edition", interrupted)
        seeding.load_demo()
    assert seeding.is_empty()
    seeding.load_demo()
    assert Edition.objects.get().status == Edition.Status.QUEUED
