"""What the API says of editions and newsletters in lists, and what may be asked. Nobody's name or address is in it.

Reports are the same objects as everywhere (newsletters.reports); here they only get their description for OpenAPI.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, RootModel

from lib.query_numbers import LARGEST
from newsletters.models.editions import EditionStatus
from newsletters.reports.edition_report import EditionReport
from newsletters.reports.newsletter_report import NewsletterReport

USUAL, MOST = 20, 100  # entries of a page


def _in_plain_digits(value: object) -> object:
    """“1_0”, “+5” and “5.0” are numbers to the library."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("give a whole number in plain digits")
    return value


Whole = Annotated[int, BeforeValidator(_in_plain_digits)]
Id = Annotated[Whole, Field(ge=1, le=LARGEST)]
# As in the terminal: durations in seconds.
_IN_SECONDS = ConfigDict(ser_json_timedelta="float")


class ListQuery(Schema):
    """Lists begin with the newest entry. `next` of an answer is the address of the page that follows."""

    limit: Annotated[Whole, Field(ge=1, le=MOST, description="Entries of a page.")] = USUAL
    before: Annotated[Id | None, Field(description="Only entries with a smaller id.")] = None


class EditionsQuery(ListQuery):
    newsletter: Annotated[Id | None, Field(description="Only editions of this newsletter, by its id.")] = None
    status: Annotated[EditionStatus | None, Field(description="Only editions in this state.")] = None


class EditionEntry(Schema):
    id: int
    newsletter_id: int
    name: str
    number: Annotated[int | None, Field(description="Given when it begins to go out; a digest has none.")]
    subject: Annotated[str, Field(description="Merge fields are filled for no reader in particular.")]
    status: EditionStatus
    created_at: datetime
    send_at: Annotated[datetime | None, Field(description="When it is due, if it is scheduled.")]
    began_at: datetime | None
    finished_at: datetime | None
    recipients: Annotated[int | None, Field(description="Fixed when sending begins.")]
    report: Annotated[str | None, Field(description="The address of its report, once it has begun.")]


class EditionEntries(Schema):
    items: list[EditionEntry]
    next: str | None


class NewsletterEntry(Schema):
    id: int
    name: str
    address: Annotated[str, Field(description="The part of web addresses that names it, such as “weekly”.")]
    description: str
    language: str
    list_name: str
    is_active: bool
    tracking: Annotated[str, Field(description="Whether clicks and opens are counted: off, anonymous or reader.")]
    report: str


class NewsletterEntries(Schema):
    items: list[NewsletterEntry]
    next: str | None


class EditionReportAnswer(RootModel[EditionReport]):
    model_config = _IN_SECONDS


class NewsletterReportAnswer(RootModel[NewsletterReport]):
    model_config = _IN_SECONDS


class ProblemDetails(Schema):
    """Problem details (RFC 9457), as `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
