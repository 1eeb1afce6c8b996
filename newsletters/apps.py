from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _make_roles(**sent: Any) -> None:
    from newsletters.admin.roles import make_roles  # with all pages of the staff, which only some processes need

    make_roles(**sent)


class NewslettersConfig(AppConfig):
    name = "newsletters"

    def ready(self) -> None:
        from lib.dates import zone_named
        from mail.outbox.kinds import register
        from newsletters.articles import searching
        from newsletters.articles.comment_messages import COMMENTS_HELD
        from newsletters.articles.comments import forget_address
        from newsletters.articles.review_messages import REVIEW_REQUESTED, REVIEW_RETURNED
        from newsletters.delivery.audience.digest_members import forget_articles, hand_over_articles
        from newsletters.delivery.engine import mailed_people
        from newsletters.delivery.ledger.of_a_person import EDITIONS, editions_sent_to
        from newsletters.delivery.ledger.writing import erase_replies
        from newsletters.delivery.trial_mail import TRIAL
        from newsletters.editions.approval_messages import APPROVAL_REJECTED, APPROVAL_REQUESTED
        from newsletters.editions.message_look import look_of_messages
        from newsletters.editions.schedule.draft_messages import EDITION_DRAFTED, EDITION_KEPT_BACK
        from newsletters.models import Institute
        from newsletters.site.change_triggers import install_triggers
        from newsletters.site.context import pages_for_readers
        from newsletters.site.sample_editions import newest_editions
        from newsletters.site.typefaces import printed_faces
        from subscribers import institute, personal_data, retention, sample_editions, timeline
        from subscribers.imports import undoing
        from subscribers.messages import look
        from subscribers.receipts import typefaces
        from subscribers.retention import RetentionRule
        from subscribers.signals import erased, merged

        undoing.register_mailings(
            "editions", undoing.Mailings(mailed_people.were_reached, mailed_people.hold_hand_outs)
        )
        register(
            APPROVAL_REQUESTED, APPROVAL_REJECTED, COMMENTS_HELD, EDITION_DRAFTED, EDITION_KEPT_BACK, REVIEW_REQUESTED,
            REVIEW_RETURNED, TRIAL,
        )  # fmt: skip
        sample_editions.register_source(newest_editions)
        look.register_source(look_of_messages)
        institute.register_source(pages_for_readers)
        institute.register_name(lambda: Institute.current().name)
        typefaces.register_source(printed_faces)
        institute.register_zone(lambda: zone_named(Institute.current().zone))
        self._tell_about_lists()
        self._tell_preflight()
        self._receive_events()
        timeline.register(EDITIONS)
        retention.register(
            RetentionRule(_("IP addresses of comments"), lambda: settings.COMMENT_IP_DAYS),
            RetentionRule(_("Comments marked as spam"), lambda: settings.COMMENT_SPAM_DAYS),
            RetentionRule(_("Email addresses of comments, after the decision"), lambda: settings.COMMENT_ADDRESS_DAYS),
        )
        personal_data.register_section("editions", editions_sent_to)
        erased.connect(
            lambda subscriber_id, **_rest: erase_replies(subscriber_id),
            weak=False,
            dispatch_uid="newsletters.erase_replies",
        )
        erased.connect(
            lambda subscriber_id, **_rest: forget_articles(subscriber_id),
            weak=False,
            dispatch_uid="newsletters.forget_digest_articles",
        )
        merged.connect(
            lambda kept_id, former_id, **_rest: hand_over_articles(kept_id, former_id),
            weak=False,
            dispatch_uid="newsletters.hand_over_digest_articles",
        )
        erased.connect(
            lambda email, **_rest: forget_address(email), weak=False, dispatch_uid="newsletters.forget_address"
        )
        self._tell_about_segments()
        self._tell_about_tracking()
        searching.keep_up()
        # For every app: permissions of the people's side and of Django's users belong to the roles too.
        post_migrate.connect(_make_roles, dispatch_uid="newsletters.admin.roles")
        # After every migration: on SQLite Django rebuilds a table that it alters, and its triggers are gone.
        post_migrate.connect(install_triggers, sender=self, dispatch_uid="newsletters.site.change_triggers")

    def _tell_about_lists(self) -> None:
        """The words of a list: on its page and in its welcome."""
        from newsletters.delivery.welcome_mails import write_welcome_mail
        from newsletters.editions.list_texts import find_list_page, find_welcome_text
        from subscribers import list_pages
        from subscribers.messages import welcome_texts

        list_pages.register_source(find_list_page)
        welcome_texts.register_source(find_welcome_text)
        welcome_texts.register_writer(write_welcome_mail)

    def _tell_preflight(self) -> None:
        """Who an edition's readers are, which the delivery defines."""
        from newsletters.delivery.audience.counting import count_for_page
        from newsletters.delivery.audience.definition import Audience
        from newsletters.delivery.audience.missing_values import count_without_value
        from newsletters.editions import readers
        from newsletters.editions.preflight import audience, missing_values

        audience.register_candidates(lambda content: Audience.from_content(content).candidates())
        missing_values.register_count(count_without_value)
        readers.register_count(lambda content: count_for_page(content, by_topic=False).readership)

    def _receive_events(self) -> None:
        """What comes back of mails, from whichever source."""
        from mail.outbox.kinds import register
        from newsletters.api import tokens
        from newsletters.events import incoming
        from newsletters.events.feedback import of_a_person
        from newsletters.events.receiving import keeping
        from newsletters.events.receiving.replies import REPLY_FORWARDED
        from newsletters.events.webhooks.checks import check_webhooks
        from newsletters.reports.reengaging_message import QUIET_READERS
        from subscribers import personal_data, retention, timeline
        from subscribers.retention import RetentionRule
        from subscribers.signals import erased, forgotten

        register(REPLY_FORWARDED, QUIET_READERS)
        incoming.register_sources()
        checks.register(check_webhooks)
        timeline.register(of_a_person.FEEDBACK)
        personal_data.register_section("bounces_and_complaints", of_a_person.feedback_of)
        retention.register(
            RetentionRule(
                _("Bounces and other events as they came"),
                lambda: settings.RAW_EVENTS_KEPT_DAYS,
                "RAW_EVENTS_KEPT_DAYS",
                keeping.forget_old,
            ),
            RetentionRule(_("API tokens, after they ended"), lambda: tokens.KEPT_DAYS, forget=tokens.forget_ended),
        )
        for signal in (erased, forgotten):
            signal.connect(
                lambda subscriber_id, email, **_rest: of_a_person.erase(subscriber_id, email),
                weak=False,
                dispatch_uid="newsletters.erase_feedback",
            )

    def _tell_about_tracking(self) -> None:
        """What is counted by reader: shown to them, forgotten with them, moved with them."""
        from newsletters.events.clicks import of_a_person, rolling_up
        from newsletters.events.clicks.segment_fields import engagement_fields
        from subscribers import own_reading, personal_data, retention
        from subscribers.retention import RetentionRule
        from subscribers.segments import fields
        from subscribers.signals import erased, merged

        fields.register_further(engagement_fields)
        own_reading.register_record(own_reading.ReadingRecord(of_a_person.reading_of, of_a_person.forget_person))
        personal_data.register_section("opens_and_clicks", of_a_person.section_of)
        retention.register(
            RetentionRule(
                _("Who opened an edition and clicked in it, after it began"),
                lambda: settings.TRACKING_KEPT_DAYS,
                "TRACKING_KEPT_DAYS",
                of_a_person.forget_old,
            ),
            RetentionRule(
                _("Clicks and opens by hour and program, before they are rolled up"),
                lambda: settings.TRACKING_KEPT_DAYS,
                "TRACKING_KEPT_DAYS",
                rolling_up.roll_up_old,
            ),
        )
        erased.connect(
            lambda subscriber_id, **_rest: of_a_person.forget([subscriber_id]),
            weak=False,
            dispatch_uid="newsletters.forget_reader_counts",
        )
        merged.connect(
            lambda kept_id, former_id, **_rest: of_a_person.hand_over(kept_id, former_id),
            weak=False,
            dispatch_uid="newsletters.hand_over_reader_counts",
        )

    def _tell_about_segments(self) -> None:
        """What segments and attributes of people can't know of themselves."""
        from newsletters.delivery.ledger.segment_fields import sent_fields
        from newsletters.editions.segments import drafts_with
        from newsletters.rendering import merge
        from newsletters.rendering.custom import language
        from subscribers.attributes import keys
        from subscribers.segments import fields, uses

        uses.register_uses(lambda segment: [str(edition) for edition in drafts_with(segment)])
        fields.register_further(sent_fields)
        keys.reserve(*merge.PERSONAL, *merge.COMMON, *language.COMMON)
