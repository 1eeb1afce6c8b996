"""Cards of Ghost's editors: what stands between the paragraphs of a post, by its name, the same in Lexical and in
Mobiledoc. The HTML isn't cleaned: that is done to any text of an archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from newsletters.articles.archives.formats.markdown_text import markdown_to_html

Payload = Mapping[str, Any]
# Stands in mails alone, is an editor's own note, or parts what members read: the whole article says that it's theirs.
_SILENT = {"email", "email-cta", "tk", "paywall"}
_MOST_PICTURES = 50  # of a gallery


def text_of(payload: Payload, *names: str) -> str:
    """The first of these that is a text with something in it."""
    return next((value.strip() for name in names if isinstance(value := payload.get(name), str) and value.strip()), "")


def card_html(name: str, payload: Payload, left_out: dict[str, None]) -> str:
    """What an article can hold of it; what it can't hold at all is named in `left_out`."""
    if name in _SILENT:
        return ""
    make = _CARDS.get(name.removeprefix("card-"))
    html = make(payload) if make is not None else ""
    if not html and name not in {"html", "markdown", "card-markdown"}:
        left_out.setdefault(name[:60])
    return html


def _with_caption(inside: str, payload: Payload) -> str:
    """A caption is HTML in Ghost."""
    caption = text_of(payload, "caption")
    return f"<figure>{inside}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def _image(payload: Payload) -> str:
    source = text_of(payload, "src")
    if not source:
        return ""
    image = f'<img src="{escape(source)}" alt="{escape(text_of(payload, "alt"))}">'
    if address := text_of(payload, "href"):
        image = f'<a href="{escape(address)}">{image}</a>'
    return _with_caption(image, payload)


def _gallery(payload: Payload) -> str:
    """One figure a picture; the caption stands below the last."""
    images = payload.get("images")
    given = images[:_MOST_PICTURES] if isinstance(images, list) else []
    shown = [each for each in given if isinstance(each, dict) and text_of(each, "src")]
    return "".join(
        _image({**each, "caption": payload.get("caption") if at == len(shown) - 1 else ""})
        for at, each in enumerate(shown)
    )


def _bookmark(payload: Payload) -> str:
    metadata = payload.get("metadata")
    about: Payload = metadata if isinstance(metadata, dict) else {}
    address = text_of(payload, "url") or text_of(about, "url")
    if not address:
        return ""
    link = _link(address, text_of(about, "title") or address)
    description = text_of(about, "description")
    return f"<p>{link}{f'<br>{escape(description)}' if description else ''}</p>"


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def _linked(title: str, *names: str) -> Callable[[Payload], str]:
    """A card that becomes a link to what it shows."""

    def make(payload: Payload) -> str:
        address = text_of(payload, *names)
        words = text_of(payload, title, "title", "fileName") or address
        return _with_paragraph(_link(address, words), payload) if address else ""

    return make


def _with_paragraph(inside: str, payload: Payload) -> str:
    caption = text_of(payload, "caption", "fileCaption")
    return f"<p>{inside}{f'<br>{caption}' if caption else ''}</p>"


def _embed(payload: Payload) -> str:
    metadata = payload.get("metadata")
    about: Payload = metadata if isinstance(metadata, dict) else {}
    address = text_of(payload, "url")
    return _with_paragraph(_link(address, text_of(about, "title") or address), payload) if address else ""


def _callout(payload: Payload) -> str:
    words = " ".join(filter(None, (escape(text_of(payload, "calloutEmoji")), text_of(payload, "calloutText"))))
    return f"<blockquote><p>{words}</p></blockquote>" if words else ""


def _toggle(payload: Payload) -> str:
    heading, content = text_of(payload, "heading"), text_of(payload, "content")
    return f"<h3>{heading}</h3>{content if content.startswith('<') else f'<p>{content}</p>'}" if heading else content


def _product(payload: Payload) -> str:
    title = text_of(payload, "productTitle")
    parts = [
        _image({"src": text_of(payload, "productImageSrc")}),
        f"<h3>{title}</h3>" if title else "",
        text_of(payload, "productDescription"),
    ]
    if address := text_of(payload, "productUrl"):
        parts.append(f"<p>{_link(address, text_of(payload, 'productButton') or address)}</p>")
    return "".join(parts)


def _header(payload: Payload) -> str:
    header, below = text_of(payload, "header"), text_of(payload, "subheader")
    return f"{f'<h2>{header}</h2>' if header else ''}{f'<p>{below}</p>' if below else ''}"


def _code(payload: Payload) -> str:
    code = payload.get("code")
    return f"<pre><code>{escape(code)}</code></pre>" if isinstance(code, str) and code.strip() else ""


def _markdown(payload: Payload) -> str:
    written = text_of(payload, "markdown")
    try:
        return markdown_to_html(written).html
    except ValueError:
        return f"<p>{escape(written)}</p>"


def _call_to_action(payload: Payload) -> str:
    address = text_of(payload, "buttonUrl")
    button = f"<p>{_link(address, text_of(payload, 'buttonText') or address)}</p>" if address else ""
    return f"{text_of(payload, 'textValue')}{button}"


_CARDS: Mapping[str, Callable[[Payload], str]] = {
    "image": _image,
    "gallery": _gallery,
    "bookmark": _bookmark,
    "embed": _embed,
    "callout": _callout,
    "toggle": _toggle,
    "button": _linked("buttonText", "buttonUrl"),
    "video": _linked("title", "src"),
    "audio": _linked("title", "src"),
    "file": _linked("fileTitle", "src"),
    "product": _product,
    "header": _header,
    "code": _code,
    "codeblock": _code,
    "markdown": _markdown,
    "html": lambda payload: text_of(payload, "html"),
    "hr": lambda _payload: "<hr>",
    "horizontalrule": lambda _payload: "<hr>",
    "call-to-action": _call_to_action,
}
