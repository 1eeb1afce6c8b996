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

_TEXT: dict[str, Any] = {
    "Document": True,
    "Paragraph": True,
    "Text": True,
    "Menu": {
        "groups": [
            {"group": "blockType -lists", "type": "dropdown", "minItems": 2},
            {"group": "lists"},
            {"group": "nodes -blockType -lists"},
            {"group": "marks"},
            {"group": "link"},
            {"group": "history"},
            {"group": "utility"},
        ]
    },
    "Dropcursor": True,
    "Gapcursor": True,
    "NoSpellCheck": False,
    "History": True,
    "Bold": True,
    "Italic": True,
    "HardBreak": True,
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto"]},
}
ARTICLE = _TEXT | {
    "Heading": {"levels": [2, 3]},
    "Blockquote": True,
    "HorizontalRule": True,
    "Image": True,
    "Caption": True,
}
INTRODUCTION = _TEXT


class ProseWidget(forms.Textarea):
    """A text area that becomes the rich editor. With `pictures`, “Insert figure” opens our own picture page."""

    def __init__(
        self, *, extensions: dict[str, Any], pictures: bool = False, attrs: dict[str, Any] | None = None
    ) -> None:
        super().__init__(attrs)
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
            extensions["Figure"] = {"pickerUrl": reverse("admin:newsletters_picture_choose")}
        context["widget"]["attrs"]["data-iria-prose"] = json.dumps({"extensions": extensions}, separators=(",", ":"))
        return context

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # the text area is hidden behind the editor, where a browser could not show its complaint
