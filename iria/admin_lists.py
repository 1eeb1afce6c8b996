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
    "newsletters.Feedback": "Emails that bounced or were reported as spam, and what was done about each.",
    "newsletters.ListText": "Picture, heading and welcome of a mailing list, in each language that you write them in.",
    "newsletters.ListWelcome": "Emails of your own to people who join a list. Choose one on the page of a draft.",
    "newsletters.Newsletter": "A publication: its sender, design, schedule, and the mailing list it goes to.",
    "newsletters.Occurrence": "The dates on which a schedule was due, and what came of each.",
    "newsletters.Page": "Privacy, imprint, about, contact and others. They are linked at the bottom of the site.",
    "newsletters.Picture": "Pictures for articles and editions. Those you upload while writing appear here, too.",
    "newsletters.RateLimit": "How fast email may leave, to one provider or altogether. Without one it goes at once.",
    "newsletters.RawEvent": "Every bounce, complaint and answer as it came. Kept for some weeks.",
    "newsletters.SeedList": "Addresses of your own at several providers. You can send any test to all of them at once.",
    "subscribers.Attribute": "Fields of your own on every person, such as a city. Emails and segments can use them.",
    "subscribers.BulkJob": "What was done to many people at once. Choose people in their list, and an action above it.",
    "subscribers.ConsentRecord": "Who agreed to what, when and how. A record is added whenever a subscription changes.",
    "subscribers.Import": "People from other systems, by file. You see what would happen before anything changes.",
    "subscribers.JoinRequest": "People who asked to join a moderated list, until you approve or decline them.",
    "subscribers.MailingList": "What readers subscribe to. A newsletter goes to one list.",
    "subscribers.Segment": "People who have something in common, by rules. An edition can go to a segment.",
    "subscribers.Subscriber": "Your readers. They appear here as soon as they sign up.",
    "subscribers.Suppression": "Addresses that get no email: they bounce, complained, or you added them.",
    "subscribers.Tag": "Words that you put on people, to find them again and to build segments with.",
    "subscribers.Topic": "What readers can choose within a list. Articles are filed under topics.",
}  # fmt: skip
