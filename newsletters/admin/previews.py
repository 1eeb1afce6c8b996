"""An edition as a reader will get it, for the frames of its page.

The frames have a policy of their own: no script, nothing from elsewhere, styles inline as mails have them; `sandbox`
makes the document an origin of its own. Whatever got into a mail can do nothing to who looks at it here.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from newsletters.editions import snapshot
from newsletters.models import Edition
from newsletters.rendering.mail import for_anybody, render
from newsletters.rendering.message import personal
from newsletters.rendering.recipients import Recipient

FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox"


def inbox_row(edition: Edition) -> dict[str, str]:
    """Sender, subject and preheader, as an inbox shows them to nobody in particular."""
    content = snapshot.content_of(edition)
    return {
        "sender": content.from_name,
        "subject": for_anybody(content, content.subject),
        "preheader": for_anybody(content, content.preheader),
    }


def for_sample_reader(edition: Edition) -> tuple[str, str, str]:
    """Subject, HTML and text for a reader of whom no name is known and who follows everything."""
    content = snapshot.content_of(edition)
    reader = Recipient(id=0, email="reader@example.org", name="", asked_on=timezone.localdate())
    return personal(render(content), reader, content)


def html_frame(edition: Edition) -> HttpResponse:
    _subject, html, _text = for_sample_reader(edition)
    # Pictures by their path: staff may have opened the site by another name than SITE_URL's.
    html = html.replace(f'src="{settings.SITE_URL}/', 'src="/')
    return _framed(HttpResponse(html))


def text_frame(edition: Edition) -> HttpResponse:
    _subject, _html, text = for_sample_reader(edition)
    return _framed(HttpResponse(text, content_type="text/plain; charset=utf-8"))


def _framed(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Cache-Control"] = "no-store"
    return response
