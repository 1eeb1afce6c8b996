"""What a kind of block is: the class that the kinds in the folders beside fill in.

What editors type is kept in a few columns that all kinds share (newsletters.models.EditionItem); a kind says which of
them it has, and what they are called in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.link_problems import problem_with_link

Column = Literal["headline", "summary", "html", "url", "label", "picture", "without_picture"]
PICTURE_WIDTH = 552  # CSS pixels: the column of 600 less its padding
# What MJML of a newsletter's own may say of a picture.
PICTURE_NAMES = ("picture", "picture_alt", "picture_width", "small_picture", "caption", "credit")


@dataclass(frozen=True, slots=True)
class BlockField:
    """Something that is typed or chosen. `name` is what MJML of a newsletter's own calls it, `title` what messages do.
    A field that is `merged` may hold merge fields; braces in any other are braces."""

    column: Column
    name: str
    title: str | Promise
    merged: bool = False


LINK = BlockField("url", "url", gettext_lazy("address"))
PICTURE = BlockField("picture", "picture", gettext_lazy("picture"))


@dataclass(frozen=True, slots=True)
class BlockText:
    """A text of a block, for anyone who checks texts. `html` where it was typed as HTML."""

    text: str = ""
    html: str = ""
    merged: bool = False


class Kind:
    """A kind of block. One instance each, `KIND` in the folder's kind.py; it keeps nothing."""

    name: ClassVar[str]  # the folder's
    title: ClassVar[str | Promise]
    fields: ClassVar[tuple[BlockField, ...]] = ()
    incomplete: ClassVar[str | Promise] = ""  # what it lacks when it is not complete, and what to do
    picture_width: ClassVar[int] = PICTURE_WIDTH
    # What its templates and MJML may say beside its fields; `said` has the values.
    more: ClassVar[tuple[str, ...]] = ()

    has_styles: ClassVar[bool] = False  # mail.css and mail.dark.css

    # How it stands among other blocks, see newsletters.rendering.sections.
    is_added_by_button: ClassVar[bool] = True  # in the composer; articles are searched for
    is_content: ClassVar[bool] = True  # is an edition of nothing else worth sending?
    begins_section: ClassVar[bool] = False
    separates: ClassVar[bool] = False  # ends a section, and needs something on both sides
    is_for_everybody: ClassVar[bool] = False  # also where a section is left out

    def is_complete(self, block: BlockContent) -> bool:
        """Is there anything to show? A mail leaves out what is only half done; preflight says `incomplete` before."""
        raise NotImplementedError

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        """What the design page shows of it, in the editor's language. `picture` is one of the house's, or invented."""
        raise NotImplementedError

    def starting_values(self) -> Mapping[str, str]:
        """What stands in the columns of a new one."""
        return {}

    def problem_with_address(self, address: str) -> str:
        """What is wrong with an address that was typed, in a sentence; empty where nothing is."""
        return problem_with_link(address)

    def said(self, block: BlockContent) -> Mapping[str, str]:
        """The values of `more`, in the language that is active: the readers'."""
        return {}

    def texts(self, block: BlockContent) -> Iterator[BlockText]:
        """What preflight reads in it."""
        typed = {"headline": block.words, "summary": block.summary, "label": block.label}
        for field in self.fields:
            if field.column == "html" and block.html:
                yield BlockText(html=block.html, merged=field.merged)
            elif field.column in typed:
                yield BlockText(typed[field.column], merged=field.merged)

    def address(self, block: BlockContent) -> str:
        """Where it leads; a path on our own site, in the language that is active."""
        return block.url

    def picture(self, block: BlockContent) -> PictureContent | None:
        return block.picture

    @property
    def mjml_names(self) -> tuple[str, ...]:
        """The fields that its part of a newsletter's own MJML may have."""
        typed = [field for field in self.fields if field.column != "without_picture"]
        names = [name for field in typed for name in (PICTURE_NAMES if field.column == "picture" else (field.name,))]
        return tuple(dict.fromkeys([*names, *self.more]))

    def merges(self, column: Column) -> bool:
        return any(field.merged for field in self.fields if field.column == column)

    def has(self, column: Column) -> bool:
        return any(field.column == column for field in self.fields)

    @property
    def day_styles(self) -> str:
        return self.template("mail.css")

    @property
    def night_styles(self) -> str:
        return self.template("mail.dark.css")

    def template(self, file: str) -> str:
        """The name of a template in its folder."""
        return f"{self.name}/{file}"
