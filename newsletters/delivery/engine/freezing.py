"""Start an edition: from the snapshot and one read of the audience to variants and chunks, all in one transaction.

Whatever happens, either the edition is still queued and nothing exists, or it is being sent and everybody stands in a
chunk. Two workers that start the same edition: one does, the other finds it done. Members of a throttled domain stand
in chunks of their own, so that a slow domain holds up nobody else.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from lib.query_time import TookTooLong, time_limit
from newsletters.blocks.content import ArticleContent, NewerContent
from newsletters.delivery.audience.candidates import stream_candidates, stream_with_mixtures
from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.audience.digest_members import stream_members
from newsletters.delivery.audience.set_aside import SetAside, stream_few
from newsletters.delivery.audience.topic_choices import read_topic_choices
from newsletters.delivery.engine.linked_articles import articles_behind
from newsletters.delivery.ledger import members
from newsletters.editions import transitions
from newsletters.editions.numbering import EditionNumber, is_taken, number_to_give
from newsletters.models import Chunk, CountedLink, DigestArticle, DigestRun, Edition, Variant
from newsletters.rendering.content import EditionContent, digest_of_json
from newsletters.rendering.mail import RenderedMail, render
from newsletters.rendering.tracked_links import LinkTable
from newsletters.rendering.variants import NO_PART, NOTHING, Variants
from subscribers.segments.counting import asking_rules

logger = logging.getLogger(__name__)
Choice = TypeVar("Choice")
IN_MEMORY = 4 << 20  # bytes of members, ten a recipient; more go to a temporary file
LONGEST_READ = 600.0  # seconds for the audience: a hundred times as long as a million readers without segments take
AT_ONCE = 50  # chunks an INSERT, whose values the database's driver copies several times
_one_at_a_time = threading.Lock()  # in this process


class SnapshotDamaged(RuntimeError):
    """The stored content is not what was approved: somebody changed the database by hand. Nothing is sent."""


class NumberTaken(RuntimeError):
    """Another edition of the newsletter began at the same moment. Nothing is written; the next try gets the next."""


def start(edition_id: int) -> bool:
    """Freeze a queued edition whose time has come. False when it has not, when another did, or when Send was undone:
    a nudge may be late, and of a press of Send that was taken back since."""
    if not _one_at_a_time.acquire(blocking=False):
        return False  # the reconcile nudges every second when embedded, and a large audience takes longer to read
    try:
        return _start(edition_id)
    finally:
        _one_at_a_time.release()


def _start(edition_id: int) -> bool:
    due = Edition.objects.to_begin(timezone.now()).filter(pk=edition_id).select_related("newsletter")
    edition = due.first()
    if edition is None:
        return False
    try:
        return _freeze(edition)
    except NumberTaken:
        logger.info("Edition %s: another one got its number; it starts at the next nudge", edition_id)
        return False
    except NewerContent as newer:
        logger.error("Edition %s: %s", edition_id, newer)  # noqa: TRY400 - a sentence for the operator
        due.update(trouble=str(newer)[:300])
        return False  # it is left to a worker that runs the newer version
    except TookTooLong:
        sentence = (
            f"Reading its audience took the database longer than {LONGEST_READ / 60:.0f} minutes. "
            "If it stays so, cancel this edition and use simpler segments."
        )
        logger.error("Edition %s: %s", edition_id, sentence)  # noqa: TRY400 - a sentence for the operator
        due.update(trouble=sentence[:300])
        return False
    except Exception as error:
        # It is tried again at every reconcile. Until then, who watches the edition sees why it does not move.
        sentence = f"Iria couldn't prepare it ({type(error).__name__}: {error}). See the log."
        due.update(trouble=sentence[:300])
        raise


def _freeze(edition: Edition) -> bool:
    snapshot = edition.snapshot or {}
    if digest_of_json(snapshot) != edition.content_hash:
        raise SnapshotDamaged(f"Edition {edition.pk}: the snapshot doesn't match its hash {edition.content_hash}.")
    number = number_to_give(edition)
    content = number.put_into(EditionContent.from_json(snapshot))
    variants = Variants(content, read_topic_choices())
    counts: Counter[int] = Counter()
    # The audience is read outside the transaction that writes, since on SQLite others could not write meanwhile; and
    # laid aside in a file, so that no list is too large for a worker's memory.
    with SpooledTemporaryFile(max_size=IN_MEMORY) as aside:
        run = DigestRun.objects.get(edition=edition) if content.digest else None
        with asking_rules(), time_limit(LONGEST_READ):
            packed: Iterator[tuple[str, bytes]]
            # As the page of sending counts them; who is due is asked again at each hand-out.
            few = SetAside(() if run else stream_few(content, timezone.now()), variants)
            if run:
                packed = _packed(_of_digest(run, variants), variants.number_of, counts, few)
            elif content.block_segments:
                with_mixtures = stream_with_mixtures(content)
                packed = _packed(with_mixtures, lambda choice: variants.number_for(*choice), counts, few)
            else:
                candidates = stream_candidates(Audience.from_content(content))
                packed = _packed(candidates, variants.number_for, counts, few)
            chunks = _lay_aside(aside, packed)
        links = LinkTable.of(content)
        rendered = [
            _variant(edition, each, articles, variants.content_of(each), links)
            for each, articles in variants.articles().items()
        ]
        for variant in rendered:
            variant.recipients = counts[variant.number]
        set_aside = few.count + counts[NOTHING] + counts[NO_PART]
        with transaction.atomic():
            if not _begin(edition, counts.total(), set_aside, number, content):
                return False
            Variant.objects.bulk_create(rendered)
            _keep_links(edition, links, content)
            _make_chunks(edition, aside, chunks)
            if run:
                _note_digest_articles(edition, aside, chunks, rendered)
    logger.info("Edition %s: %s recipients, %s variants", edition.pk, counts.total(), len(rendered))
    return True


def _keep_links(edition: Edition, links: LinkTable, content: EditionContent) -> None:
    articles = articles_behind(links.urls, content)
    CountedLink.objects.bulk_create(
        CountedLink(edition=edition, number=n, url=url, utm=links.utm, article_id=articles.get(url))
        for url, n in links.urls.items()
    )


def _begin(edition: Edition, candidates: int, set_aside: int, number: EditionNumber, content: EditionContent) -> bool:
    try:
        with transaction.atomic():
            return transitions.begin(
                edition.pk, revision=edition.revision, candidates=candidates, set_aside=set_aside, number=number,
                content=content,
            )  # fmt: skip
    except IntegrityError as error:
        if is_taken(number, edition):
            raise NumberTaken(number.slug) from error
        raise


def _lay_aside(file: IO[bytes], packed: Iterable[tuple[str, bytes]]) -> list[tuple[str, int]]:
    """Group and size in bytes of each chunk whose members are in the file now, one behind the other."""
    chunks = []
    for group, chunk in packed:
        file.write(chunk)
        chunks.append((group, len(chunk)))
    return chunks


def _make_chunks(edition: Edition, file: IO[bytes], chunks: Sequence[tuple[str, int]]) -> None:
    file.seek(0)
    wave = edition.send_at or timezone.now()
    for start in range(0, len(chunks), AT_ONCE):
        some = chunks[start : start + AT_ONCE]
        Chunk.objects.bulk_create(
            Chunk(edition=edition, group=group, wave=wave, seq=seq, members=packed, n=members.count(packed))
            for seq, (group, packed) in enumerate(((group, file.read(size)) for group, size in some), start + 1)
        )


def _note_digest_articles(
    edition: Edition, file: IO[bytes], chunks: Sequence[tuple[str, int]], variants: Sequence[Variant]
) -> None:
    """Raises `IntegrityError` when another digest took one for the same reader meanwhile: then all is done anew."""
    articles = {variant.number: variant.article_ids for variant in variants}
    file.seek(0)
    for _group, size in chunks:
        rows = [
            DigestArticle(subscriber_id=member.subscriber_id, article_id=article, edition=edition)
            for member in members.unpack(file.read(size))
            for article in articles[member.variant]
        ]
        DigestArticle.objects.bulk_create(rows, batch_size=5000)


def _of_digest(run: DigestRun, variants: Variants) -> Iterator[tuple[int, frozenset[int], str]]:
    """Subscriber id, the articles that the reader lacks, and group. Who by now lacks only what came after the digest
    was made gets that with the next one."""
    for member in stream_members(run):
        if variants.number_of(member.article_ids):
            yield member.subscriber_id, member.article_ids, member.group


def _packed(
    people: Iterable[tuple[int, Choice, str]],
    number_for: Callable[[Choice], int],
    counts: Counter[int],
    few: SetAside,
) -> Iterator[tuple[str, bytes]]:
    """Group and members of each chunk: full ones as they come, and the rest of each group at the end. `people` are
    subscriber id, what decides on the variant, and group."""
    filling: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    size: int = settings.CHUNK_SIZE  # looked up once: a million times is a noticeable part of the whole

    def packed(chunk: list[tuple[int, int]]) -> bytes:
        counts.update(number for _subscriber_id, number in chunk)
        return members.pack(chunk)

    for subscriber_id, choice, group in people:
        chunk, number = filling[group], number_for(choice)
        chunk.append((subscriber_id, number))
        if subscriber_id >= few.next_id:
            few.meet(subscriber_id, number)
        if len(chunk) == size:
            yield group, packed(chunk)
            chunk.clear()
    for group, chunk in sorted(filling.items()):
        if chunk:
            yield group, packed(chunk)


def _variant(
    edition: Edition,
    number: int,
    articles: tuple[ArticleContent, ...],
    content: EditionContent,
    links: LinkTable,
) -> Variant:
    mail: RenderedMail = links.track(render(content, articles))
    return Variant(
        edition=edition,
        number=number,
        article_ids=[article.id for article in articles],
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        slots=[[str(field), fallback] for field, fallback in mail.slots],
        content_hash=sha256("\0".join((mail.subject, mail.html, mail.text)).encode()).hexdigest(),
    )
