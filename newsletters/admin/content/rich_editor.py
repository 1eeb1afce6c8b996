"""The rich editor in our forms: django-prose-editor (ProseMirror) started by a module of our own.

The package starts its editor through an inline import map, which our Content-Security-Policy (scripts from our own
files only) rightly refuses. `admin_iria/prose.js` imports the same editor by its address instead, so the policy stays
as strict here as everywhere. Without JavaScript the field is a plain text area with the HTML in it.

What the editor can make is not what we trust: the text is cleaned by newsletters.articles.writing on every save.
"""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.forms import Script
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletters.articles.body_elements import ELEMENTS

_MENU: list[dict[str, Any]] = [
    {"group": "blockType -lists", "type": "dropdown", "minItems": 2},
    {"group": "lists"},
    {"group": "nodes -blockType -lists"},
    {"group": "marks"},
    {"group": "link"},
    {"group": "table"},
    {"group": "history"},
    {"group": "utility"},
]
# Every editor holds everything that may be stored (newsletters.articles.body_elements); its menu offers what suits it.
_HOLDS: dict[str, Any] = {
    "Document": True,
    "Paragraph": True,
    "Text": True,
    "Dropcursor": True,
    "Gapcursor": True,
    "History": True,
    "Bold": True,
    "Italic": True,
    "Subscript": True,
    "Superscript": True,
    "Small": True,
    "Code": True,
    "Abbreviation": True,
    "Quotation": True,
    "Cite": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]},
    "HardBreak": True,
    "BulletList": True,
    "OrderedList": {"enableListAttributes": False},
    "ListItem": True,
    "Heading": {"levels": [2, 3, 4]},
    "Blockquote": True,
    "Preformatted": True,
    "HorizontalRule": True,
    "Image": True,
    "InlineImage": True,
    "Figure": True,
    "Caption": True,
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "TableCaption": True,
    "CaptionedTable": True,
}
ARTICLE: dict[str, Any] = _HOLDS | {"Footnotes": True, "Menu": {"groups": _MENU}}
_PLAIN = {"lists", "marks", "link", "history"}
INTRODUCTION: dict[str, Any] = _HOLDS | {"Menu": {"groups": [group for group in _MENU if group["group"] in _PLAIN]}}


class ProseWidget(forms.Textarea):
    """A text area that becomes the rich editor. With `pictures`, “Insert figure” opens our own picture page; `of` tells
    that page what text they are for."""

    def __init__(
        self, *, extensions: dict[str, Any], pictures: bool = False, of: str = "", attrs: dict[str, Any] | None = None
    ) -> None:
        super().__init__(attrs)
        self.of = of
        self.extensions = extensions
        self.pictures = pictures

    @property
    def media(self) -> forms.Media:
        return forms.Media(
            css={
                "all": [
                    "django_prose_editor/material-icons.css",
                    "django_prose_editor/editor.css",
                    "django_prose_editor/overrides.css",
                    "admin_iria/prose.css",
                ]
            },
            js=[Script("admin_iria/prose.js", type="module")],  # type: ignore[list-item]
        )

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        extensions = {extension: options for extension, options in self.extensions.items() if options is not False}
        if self.pictures:
            extensions["Figure"] = {
                "pickerUrl": reverse("admin:newsletters_picture_choose") + (f"?of={self.of}" if self.of else "")
            }
        extensions["Kept"] = {
            "why": _("The editor can't show this part. It stays as it is."),
            "edit": _("Edit its HTML"),
        }
        setup: dict[str, Any] = {"extensions": extensions, "elements": dict(ELEMENTS)}
        if self.pictures:
            setup["upload"] = reverse("admin:newsletters_picture_upload")
        context["widget"]["attrs"]["data-iria-prose"] = json.dumps(setup, separators=(",", ":"))
        return context

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # the text area is hidden behind the editor, where a browser could not show its complaint
