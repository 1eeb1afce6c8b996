"""What each list of the admin holds and when it fills: said where it is empty."""

from __future__ import annotations

EMPTY: dict[str, str] = {
    "auth.User": "Your colleagues. Invite the first: they get an email and choose their own password.",
    "mail.Message": "Confirmations, welcomes and other emails to one person. They appear here when somebody signs up.",
    "newsletters.Article": "What you publish. A published article is on the site, and goes into the next edition.",
    "newsletters.Author": "Who writes. Each author has a page on the site with everything they wrote.",
    "newsletters.Comment": "What readers write under articles. Nothing appears on the site before you approve it.",
    "newsletters.Edition": "One mailing of a newsletter. Start one here, or let the newsletter's schedule do it.",
    "newsletters.EditionTemplate": "Arrangements to start an edition from. Save one on the page of any draft.",
    "newsletters.Newsletter": "A publication: its sender, design, schedule, and the mailing list it goes to.",
    "newsletters.Occurrence": "The dates on which a schedule was due, and what came of each.",
    "newsletters.Page": "Privacy, imprint, about, contact and others. They are linked at the bottom of the site.",
    "newsletters.Picture": "Pictures for articles and editions. Those you upload while writing appear here, too.",
    "newsletters.RateLimit": "How fast email may leave, to one provider or altogether. Without one it goes at once.",
    "newsletters.SeedList": "Addresses of your own at several providers. You can send any test to all of them at once.",
    "subscribers.ConsentRecord": "Who agreed to what, when and how. A record is added whenever a subscription changes.",
    "subscribers.MailingList": "What readers subscribe to. A newsletter goes to one list.",
    "subscribers.Subscriber": "Your readers. They appear here as soon as they sign up.",
    "subscribers.Suppression": "Addresses that get no email: they bounce, complained, or you added them.",
    "subscribers.Topic": "What readers can choose within a list. Articles are filed under topics.",
}  # fmt: skip
