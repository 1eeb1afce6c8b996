"""A compiled mail: encoded once for a variant, and for each recipient only joined.

The slow path (message.py) encodes 20 KB for every recipient. Here headers and parts are encoded once, by the same
writer (mail.writing), and cut at the slots, and a recipient's few values are encoded and put between the pieces: in
seven bits for any server, and in eight for those that offer 8BITMIME. What comes out parses to the same headers, HTML
and text as the slow path's message for that recipient; a property test holds the three side by side. A marker that
rendering damaged is a ValueError when the mail is compiled, not when it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from html import escape
from itertools import count, groupby
from operator import itemgetter

from lib.characters import one_line
from lib.text_layout import wrapped
from mail.writing import bodies, fields
from mail.writing.message import part_head
from newsletters.rendering import body_encoding, merge, message, recipients, slots
from newsletters.rendering.body_encoding import Pieces
from newsletters.rendering.content import EditionContent
from newsletters.rendering.encoded_values import Encode, EncodedValues, Write
from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.recipients import Recipient
from newsletters.rendering.slots import Field, Slot
from newsletters.rendering.subject import Subject
from subscribers import links, tokens
from subscribers.tokens import Purpose

# A link is the same for everybody around its token, and a token needs no encoding anywhere: the slot holds only that.
_LINKS: dict[str, Callable[[str], str]] = {
    Field.UNSUBSCRIBE: links.unsubscribe_link,
    Field.PREFERENCES: links.preferences_link,
    Field.STAY: links.stay_link,
}
_REASONS = 4096  # many readers share one: the day they asked, the topics they chose
_PLAIN = re.compile(r"[A-Za-z0-9 ,:/_-]{1,70}(?<! )")  # the same in text and HTML, in either encoding

# A mail is joined from pieces and from these; behind them come the names, each for text and for HTML.
_SUBJECT, _TO, _DATE, _SUBSCRIBER, _UNSUBSCRIBE, _PREFERENCES, _READER, _REASON_TEXT, _REASON_HTML = range(9)
_NAMES = 9
_SHARED: dict[str, tuple[int, int]] = {  # where the value of a slot stands in text and in HTML
    Field.UNSUBSCRIBE: (_UNSUBSCRIBE, _UNSUBSCRIBE),
    Field.PREFERENCES: (_PREFERENCES, _PREFERENCES),
    Field.STAY: (_UNSUBSCRIBE, _UNSUBSCRIBE),
    Field.READER: (_READER, _READER),
    Field.REASON: (_REASON_TEXT, _REASON_HTML),
}
_InOrder = Callable[[list[bytes]], Sequence[bytes]]
_MakeToken = Callable[[int], bytes]  # for the number of a subscriber
_LARGE = 2048  # bytes from which on handing a piece over costs less than copying it


class _Form:
    """One encoding of a whole mail."""

    def __init__(self, parts_: Sequence[bytes | int], text: Encode, html: Encode, room: int | None = None) -> None:
        self.pieces = [piece for piece in parts_ if isinstance(piece, bytes) and len(piece) < _LARGE]
        places = iter(range(len(self.pieces)))
        first_value = len(self.pieces)
        # What all mails share is never copied where it is long; what is short is joined, for each mail.
        self._stretches: list[bytes | _InOrder] = [
            stretch[0]
            if isinstance(stretch[0], bytes) and len(stretch[0]) >= _LARGE
            else _in_order([next(places) if isinstance(piece, bytes) else first_value + piece for piece in stretch])
            for stretch in _stretches(parts_)
        ]
        self.room = room  # bytes that a value may have; None: any number
        self.text, self.html = text, html
        self.writers: list[tuple[Write | None, bool, bool, str]] | None = None  # of its mail's slots, once it had one

    def encode(self, value: str) -> tuple[bytes, bytes]:
        """A slot's value for text and for HTML."""
        return _encoded(value, self.text, self.html)

    def fill(self, values: list[bytes]) -> list[bytes]:
        """The mail, in the order of its bytes; `values` are `pieces` and behind them what differs."""
        return [part if type(part) is bytes else b"".join(part(values)) for part in self._stretches]  # type: ignore[operator]


def _stretches(parts_: Sequence[bytes | int]) -> Iterator[list[bytes | int]]:
    """The parts, each long one by itself."""
    for is_large, stretch in groupby(parts_, lambda part: isinstance(part, bytes) and len(part) >= _LARGE):
        parts = list(stretch)
        yield from ([part] for part in parts) if is_large else [parts]


def _in_order(places: list[int]) -> _InOrder:
    return itemgetter(*places) if len(places) > 1 else lambda values: (values[places[0]],)


def _encoded(value: str, text: Encode, html: Encode) -> tuple[bytes, bytes]:
    if _PLAIN.fullmatch(value):
        plain = value.encode()
        return plain, plain
    as_text, escaped = text(value), escape(value)
    return as_text, as_text if text == html and escaped == value else html(escaped)


class Shared:
    """What the variants of an edition have in common: why readers get it, each sentence written once, and the values
    of attributes."""

    def __init__(self, content: EditionContent) -> None:
        def write(asked_on: date, topics: tuple[str, ...], text: Encode, html: Encode) -> tuple[bytes, bytes]:
            sentence = recipients.reason(asked_on, topics, content)
            return text(wrapped(sentence)), html(escape(sentence))

        self.reason = lru_cache(_REASONS)(write)
        self.values = EncodedValues(content.language, _encoded)


class CompiledMail:
    """Makes the bytes of one variant's mails. Holds no recipient; may be used by several threads."""

    def __init__(self, mail: RenderedMail, content: EditionContent, shared: Shared | None = None) -> None:
        self._content = content
        shared = shared or Shared(content)
        self._reason, self._values = shared.reason, shared.values
        own = {attribute.key: attribute for attribute in content.attributes}
        # A slot that holds an attribute, else a name, and what stands there for who has none: the name's first word
        # only? In an address?
        self._own_slots = [
            (
                own[key] if (key := slots.attribute_key(field)) else None,
                field in slots.FIRST_NAMES,
                slots.is_in_link(field),
                other,
            )
            for field, other in mail.slots
            if field not in _SHARED
        ]
        self._places = _places(mail.slots)
        self._text = _with_links(mail.text, mail.slots, str)
        self._html = _with_links(mail.html, mail.slots, escape)
        self._boundary = "iria-" + blake2b(mail.html.encode(), digest_size=12).hexdigest()
        names = [number for number, (field, _) in enumerate(mail.slots) if field not in _SHARED]
        self._subject = Subject(mail.subject, names)
        self._links: tuple[datetime | None, _MakeToken, _MakeToken] = (None, bytes, bytes)
        is_by_reader = any(field == Field.READER for field, _ in mail.slots)
        self._reader = tokens.maker(Purpose.READER, content.edition_id) if is_by_reader else _nothing
        for source in (self._text, self._html):
            slots.cut(source)  # raises now, and not when somebody's mail is made

    # Both are made when the first mail needs them: an edition has hundreds of variants, and a server takes one form.
    @cached_property
    def _seven(self) -> _Form:
        text, html = body_encoding.quoted_printable(self._text), body_encoding.quoted_printable(self._html)
        return _Form(self._joined(text, html), bodies.quoted_printable, bodies.quoted_printable)

    @cached_property
    def _eight(self) -> _Form | None:
        """None where eight bits bring nothing, or lines could become too long. One part alone may have them."""
        text = body_encoding.eight_bits(self._text, is_html=False)
        html = body_encoding.eight_bits(self._html, is_html=True)
        if text is None and html is None:
            return None
        return _Form(
            self._joined(
                text.pieces if text else body_encoding.quoted_printable(self._text),
                html.pieces if html else body_encoding.quoted_printable(self._html),
                text_is="8bit" if text else "quoted-printable",
                html_is="8bit" if html else "quoted-printable",
            ),
            body_encoding.eight_bit_value if text else bodies.quoted_printable,
            body_encoding.eight_bit_value if html else bodies.quoted_printable,
            room=min(part.room for part in (text, html) if part),
        )

    def wire(self, recipient: Recipient, date: datetime, eight_bits: bool = False) -> bytes:
        """The message for this recipient, as it goes over the wire without the final dot. `eight_bits` allows them;
        they are used where that makes the mail smaller."""
        return b"".join(self.pieces(recipient, date, eight_bits))

    def pieces(self, recipient: Recipient, date: datetime, eight_bits: bool = False) -> list[bytes]:
        """The same in pieces, of which the long ones are shared by all mails: to be written one behind the other."""
        form = (self._eight if eight_bits else None) or self._seven
        name = one_line(recipient.name)
        held = recipient.attributes
        plain: list[str] = []
        own = [*self._reason(recipient.asked_on, recipient.topics, form.text, form.html)]
        for write, is_first, in_link, other in self._writers(form):
            if write:
                value, as_text, as_html = write(held)
                own += (as_text, as_html)
            else:
                value = (name.partition(" ")[0] if is_first else name) or other
                if in_link:
                    value = merge.quoted(value)
                own += form.encode(value)
            plain.append(value)
        room = form.room
        if room is not None and not body_encoding.all_fit(own, room):
            return self.pieces(recipient, date)
        number = recipient.id
        unsubscribe, preferences = self._links_at(date)
        return form.fill(
            [
                *form.pieces,
                self._subject.field(plain),
                fields.mailbox(name, recipient.email),
                _formatted(date),
                b"%d" % number,
                unsubscribe(number),
                preferences(number),
                self._reader(number),
                *own,
            ]
        )

    def _links_at(self, date: datetime) -> tuple[_MakeToken, _MakeToken]:
        """What makes the tokens to unsubscribe and to the preferences, for the mails of this moment: one a hand-out."""
        since, unsubscribe, preferences = self._links
        if since != date:
            written, content = int(date.timestamp()), self._content
            unsubscribe = tokens.maker(Purpose.UNSUBSCRIBE, content.list_id, content.edition_id, written)
            preferences = tokens.maker(Purpose.PREFERENCES, written)
            self._links = (date, unsubscribe, preferences)
        return unsubscribe, preferences

    def _writers(self, form: _Form) -> list[tuple[Write | None, bool, bool, str]]:
        """As `_own_slots`, with what writes an attribute's value in this form."""
        if form.writers is None:
            form.writers = [
                (
                    self._values.writer(attribute, other, in_link=in_link, text=form.text, html=form.html)
                    if attribute
                    else None,
                    is_first,
                    in_link,
                    other,
                )
                for attribute, is_first, in_link, other in self._own_slots
            ]
        return form.writers

    def _joined(
        self, text: Pieces, html: Pieces, text_is: str = "quoted-printable", html_is: str = "quoted-printable"
    ) -> Pieces:
        fence = f"\r\n--{self._boundary}"
        return [
            *_headers(self._content, self._boundary),
            f"{fence}\r\n".encode() + part_head("plain", text_is),
            *(piece if isinstance(piece, bytes) else self._places[piece][0] for piece in text),
            f"{fence}\r\n".encode() + part_head("html", html_is),
            *(piece if isinstance(piece, bytes) else self._places[piece][1] for piece in html),
            f"{fence}--\r\n".encode(),
        ]


def compile_all(variants: dict[int, RenderedMail], content: EditionContent) -> dict[int, CompiledMail]:
    shared = Shared(content)
    return {number: CompiledMail(mail, content, shared) for number, mail in variants.items()}


def _headers(content: EditionContent, boundary: str) -> Pieces:
    """All headers and, behind the blank line's first half, nothing: the first fence brings the other."""
    mark = slots.marker  # what differs from mail to mail stands in for by its number
    own = message.own_headers_with(content, mark(_SUBSCRIBER), mark(_UNSUBSCRIBE), date=mark(_DATE))
    head = [
        fields.field("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode(),
        fields.mailboxes("From", [message.sender(content)]),
        f"To: {mark(_TO)}\r\n".encode(),
        *([fields.mailboxes("Reply-To", [content.reply_to])] if content.reply_to else []),
        mark(_SUBJECT).encode(),  # which ends with its line
        *(fields.field(name, value) for name, value in (own | message.common_headers(content)).items()),
    ]
    return [piece if isinstance(piece, int) else piece.encode() for piece in slots.cut(b"".join(head).decode())]


def _with_links(source: str, table: Sequence[Slot], quote: Callable[[str], str]) -> str:
    """The source with the links around their tokens, so that they are encoded with the rest."""
    for number, (field, _) in enumerate(table):
        if link := _LINKS.get(field):
            marker = slots.marker(number)
            source = source.replace(marker, quote(link(marker)))
    return source


def _places(table: Sequence[Slot]) -> list[tuple[int, int]]:
    """Where each slot's value stands, for text and for HTML, among what a mail is joined from."""
    names = count(_NAMES, 2)
    return [_SHARED.get(field) or ((place := next(names)), place + 1) for field, _ in table]


def _nothing(_subscriber: int) -> bytes:
    return b""


@lru_cache(maxsize=4)
def _formatted(date: datetime) -> bytes:
    """The Date field's value: one a hand-out, not one a mail."""
    return format_datetime(date).encode()
