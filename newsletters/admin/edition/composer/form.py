"""The whole form of a draft: from a request to a `Draft`, and what its buttons do to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import QueryDict

from lib.query_numbers import read_number, read_numbers
from newsletters.admin.edition.composer.blocks import Rows
from newsletters.admin.edition.composer.text_fields import TextFieldsForm, initial_texts
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.blocks.registry import kinds
from newsletters.editions.drafts import Draft


@dataclass(frozen=True, slots=True)
class ComposerForm:
    words: TextFieldsForm
    rows: Rows
    revision: int
    saved: Draft  # what of it has a page of its own stays: the audience

    @classmethod
    def of_saved(cls, page: EditionPage) -> ComposerForm:
        revision = page.edition.revision
        texts = TextFieldsForm(initial=initial_texts(page.draft, revision), label_suffix="")
        return cls(texts, Rows.of_blocks(page.draft.blocks, page.references), revision, page.draft)

    @classmethod
    def of_request(cls, data: QueryDict, page: EditionPage) -> ComposerForm:
        """`_overwrite` is the revision whose place mine shall take, on purpose, after a conflict was shown."""
        words = TextFieldsForm(data, label_suffix="")
        words.is_valid()
        typed = data.get("_overwrite", "") or data.get("revision", "")
        return cls(words, Rows.of_form(data, page.references, page.draft.blocks), read_number(typed) or 0, page.draft)

    @property
    def is_valid(self) -> bool:
        return self.words.is_valid() and not self.rows.has_errors

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Each as the place's id, its name, and the sentence."""
        wrong = [
            (field.auto_id, str(field.label), str(error)) for field in self.words for error in field.errors
        ]  # fmt: skip
        return wrong + [(f"block-{row.key}", row.title, error) for row in self.rows.rows for error in row.errors]

    @property
    def draft(self) -> Draft:
        """What is to be saved. Only of a form that is valid."""
        words = self.words.cleaned_data
        return replace(
            self.saved, subject=words["subject"], preheader=words["preheader"], introduction=words["introduction"],
            blocks=self.rows.blocks,
        )  # fmt: skip

    def after(self, data: QueryDict) -> ComposerForm | None:
        """The form after a button that orders, adds or takes out; None when the button saves."""
        rows = self._after(data)
        return None if rows is None else replace(self, rows=rows)

    def _after(self, data: QueryDict) -> Rows | None:
        on_one = {
            "_up": lambda key: self.rows.moved(key, -1),
            "_down": lambda key: self.rows.moved(key, 1),
            "_remove": self.rows.without,
            "_reset": self.rows.reset,
            "_else": self.rows.with_else,
        }
        for button, change in on_one.items():
            if key := data.get(button):
                return change(key)
        if (kind := data.get("_new", "")) in {kind.name for kind in kinds() if kind.is_added_by_button}:
            return self.rows.with_new(kind)
        if "_add" in data:
            return self.rows.extended(read_numbers(data.getlist("add")))
        if any(button in data for button in ("_search", "_sort", "_show")):
            return self.rows
        return None
