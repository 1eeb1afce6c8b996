"""The sign-up form on other sites: HTML to copy, and a small script for an inline form or one that slides in.

Both send the form to /subscribe/ as any page does, with a navigation: nothing is read across sites, so there is nothing
to allow by CORS, no cookie and no token that a forged request could borrow (see `public_form`).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext

from lib.public_pages import public_page
from mail.writing import palettes
from subscribers import consent, institute, languages, links
from subscribers.messages.look import look_of
from subscribers.models import MailingList

_PLACE = "const words = {};"  # in the script, for what the list says
_FOLDER = Path(__file__).parents[1] / "static" / "subscribers"


@public_page(reads=("list",))
def embed(request: HttpRequest) -> HttpResponse:
    """The form as HTML to copy into any other site, and the lines that load the script; for one list if it is named."""
    offered = list(MailingList.objects.filter(is_public=True))
    asked = request.GET.get("list", "")
    chosen = [each for each in offered if each.slug == asked]
    shown = chosen or offered
    snippet = render_to_string(
        "subscribers/embed_snippet.html",
        {
            "action": links.subscribe_url(),
            "offered": shown,
            "wording": consent.signup_wording(),
            "privacy": institute.privacy_notice(request),
            "site_url": settings.SITE_URL,
        },
    )
    context = {
        "snippet": snippet.strip(),
        "offered": offered,
        "chosen": shown[0] if shown else None,
        "script_url": f"{settings.SITE_URL}{reverse('subscribers:form_script', args=[shown[0].slug])}" if shown else "",
    }
    return render(request, "subscribers/embed.html", context)


@public_page
def script(request: HttpRequest, slug: str) -> HttpResponse:
    """The script for one list, in the language of its address."""
    mailing_list = MailingList.objects.filter(slug=slug, is_public=True).first()
    if mailing_list is None:
        raise Http404
    language = languages.spoken()
    look = look_of(mailing_list, language)
    colours = palettes.day(look.colour, look.background)
    notice = institute.privacy_notice(request)
    words = {
        "action": links.subscribe_url(),
        "list": mailing_list.slug,
        "title": gettext("Get %s by email") % mailing_list.name,
        "description": mailing_list.description,
        "email": gettext("Email address"),
        "button": gettext("Subscribe"),
        "later": gettext("Not now"),
        "consent": consent.signup_wording(),
        "privacy": [settings.SITE_URL + notice.path, notice.title] if notice else None,
        "language": language,
        "direction": languages.layout(language)["direction"],
        "style": _short("embedded_form.css").replace("ON_FILL", colours.on_fill).replace("FILL", colours.fill),
    }
    said = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    code = f"(()=>{{\n{_short('embedded_form.js').replace(_PLACE, f'const words={said};')}}})();"
    return HttpResponse(code, content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=4)
def _short(name: str) -> str:
    """A file without its indentation and the lines that are comments: it is loaded by every reader of other sites."""
    lines = (line.strip() for line in (_FOLDER / name).read_text().splitlines())
    kept = [line for line in lines if line and not line.startswith(("//", "/*"))]
    return "\n".join(kept) + "\n" if name.endswith(".js") else "".join(kept)
