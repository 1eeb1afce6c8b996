"""One edition for one request: what its pages show of it is read once, its content built once, its mail rendered once.

Every view of an edition is handed an `EditionPage`, and hands it on to the stages that need the content or the mail. A
view that changes the edition makes a new one of what was saved.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from newsletters.admin.edition.merge_chips import chips
from newsletters.admin.roles import may, who_may
from newsletters.blocks.content import ArticleContent
from newsletters.delivery.audience.counting import AudienceCount, count_for_page
from newsletters.editions import approval_state, preflight
from newsletters.editions.approval_state import EditionApproval
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight import Finding
from newsletters.editions.readers import Readership
from newsletters.models import Edition, Inspection, Newsletter
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail, for_anybody, parts_for_anybody, render
from subscribers.models import MailingList, Topic

VIEW, CHANGE, SEND = "newsletters.view_edition", "newsletters.change_edition", "newsletters.send_edition"


class EditionPage(LoadedEdition):
    def __init__(self, request: HttpRequest, edition: Edition) -> None:
        super().__init__(edition)
        self.request = request

    @cached_property
    def inspection(self) -> Inspection | None:
        """It came with the edition, where that was read for this page."""
        return getattr(self.edition, "inspection", None)

    @cached_property
    def findings(self) -> list[Finding]:
        return preflight.check_loaded(self)

    @cached_property
    def standing(self) -> EditionApproval:
        """Does a second person stand behind it?"""
        return approval_state.read_approval_state(self)

    @cached_property
    def audience(self) -> AudienceCount:
        """How many would get it now, and why not the others; counted for this page, and not by topic."""
        return count_for_page(self.content, by_topic=False)

    @cached_property
    def readership(self) -> Readership:
        """Of the count that the page shows, where it shows one."""
        return self.audience.readership if "audience" in self.__dict__ else super().readership

    @cached_property
    def _topics(self) -> list[tuple[Topic, bool, bool]]:
        on_list = MailingList.topics.through.objects.filter(
            mailinglist=self.edition.newsletter.mailing_list_id, topic=OuterRef("pk")
        )
        chosen = Newsletter.topics.through.objects.filter(newsletter=self.edition.newsletter_id, topic=OuterRef("pk"))
        topics = Topic.objects.annotate(on_list=Exists(on_list), chosen=Exists(chosen))
        return [(topic, topic.on_list, topic.chosen) for topic in topics]

    @property
    def all_topics(self) -> list[Topic]:
        return [topic for topic, _on_list, _chosen in self._topics]

    @property
    def list_topics(self) -> list[Topic]:
        """Those that readers of the newsletter's list may choose."""
        return [topic for topic, on_list, _chosen in self._topics if on_list]

    @property
    def newsletter_topics(self) -> list[Topic]:
        """Those to which the newsletter's rule for articles is limited; none where it takes all."""
        return [topic for topic, _on_list, chosen in self._topics if chosen]

    @property
    def inbox_row(self) -> dict[str, str]:
        """Sender, subject and preheader, as an inbox shows them to nobody in particular."""
        content = self.content
        return {
            "sender": content.from_name,
            "subject": for_anybody(content, content.subject),
            "preheader": for_anybody(content, content.preheader),
            "subject_chips": chips(parts_for_anybody(content, content.subject)),
            "preheader_chips": chips(parts_for_anybody(content, content.preheader)),
        }

    def render(self) -> RenderedMail:
        return rendered_lately(self.content, self.content.articles)

    def context(self, title: str = "") -> dict[str, Any]:
        """What the templates of all pages of an edition show."""
        return {
            **admin.site.each_context(self.request),
            "title": title or str(self.edition),
            "subtitle": None,
            "opts": Edition._meta,
            "original": self.edition,
            "edition": self.edition,
            "newsletter": self.edition.newsletter,
            "may_compose": may(self.request, CHANGE),
            "may_send": may(self.request, SEND),
            "who_may_send": who_may(SEND),
        }


@lru_cache(maxsize=32)
def rendered_lately(content: EditionContent, articles: tuple[ArticleContent, ...]) -> RenderedMail:
    """A page and the frames in it, which are requests of their own, are one rendering. Raises `ValueError`."""
    return render(content, articles)
