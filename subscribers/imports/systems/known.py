"""The systems that we know, each by the header of its export. Statuses: what the words there mean here.

What proves consent differs: a time of confirmation does; a status does where the system gives it only to who confirmed;
a date of creation alone never does.
"""

from __future__ import annotations

from subscribers.imports.standing import Standing
from subscribers.imports.systems.description import ColumnField, System, columns, fitting, names, statuses

OWN = System(
    key="iria", name="Iria", signature=names("uuid", "email", "attributes", "status", "subscriptions", "suppressed"),
    columns=columns(
        email="email", name="name", language="language", tags="tags", attributes="attributes",
        subscriptions="subscriptions", suppressed="suppressed", paused_until="paused_until", created_at="created_at",
        time_zone="time_zone", receipts="consent",
    ),
)  # fmt: skip

LISTMONK = System(
    key="listmonk", name="listmonk", signature=names("uuid", "email", "attributes", "status"),
    columns=columns(
        email="email", name="name", attributes="attributes", status="status", opted_in_at="created_at", tags="tags",
    ),
    # Who is “enabled” there either confirmed or is on a list that asks for no confirmation.
    statuses=statuses(proven="enabled", unsubscribed="disabled|unsubscribed", blocked="blocklisted|blacklisted"),
)  # fmt: skip

# What listmonk's own importer reads; it says nothing of consent.
LISTMONK_IMPORT = System(
    key="listmonk", name="listmonk", signature=names("email", "name", "attributes"),
    columns=columns(email="email", name="name", attributes="attributes"),
)  # fmt: skip

MAILCHIMP = System(
    key="mailchimp", name="Mailchimp", signature=names("email address"),
    any_of=names("leid", "euid", "member_rating", "optin_time", "confirm_time", "unsub_time", "clean_time"),
    columns=columns(
        email="Email Address", first_name="First Name|FNAME", last_name="Last Name|LNAME", opted_in_at="OPTIN_TIME",
        confirmed_at="CONFIRM_TIME", ip="CONFIRM_IP", tags="TAGS", unsubscribed="UNSUB_TIME", bounced="CLEAN_TIME",
        reason="UNSUB_REASON", language="LANGUAGE",
    ),
    tables=(
        ("unsubscribed", Standing.UNSUBSCRIBED), ("cleaned", Standing.BOUNCED),
        ("nonsubscribed", Standing.NOT_SUBSCRIBED), ("non-subscribed", Standing.NOT_SUBSCRIBED),
        ("non_subscribed", Standing.NOT_SUBSCRIBED), ("transactional", Standing.NOT_SUBSCRIBED),
        ("subscribed", Standing.UNPROVEN),
    ),
    proof=frozenset({ColumnField.OPTED_IN_AT, ColumnField.CONFIRMED_AT}),
)  # fmt: skip

SUBSTACK = System(
    key="substack", name="Substack", signature=names("email", "active_subscription"),
    columns=columns(email="email", name="name", blocked="email_disabled", opted_in_at="created_at"),
    left_out=("posts",),
)  # fmt: skip

GHOST = System(
    key="ghost", name="Ghost", signature=names("email", "subscribed_to_emails"),
    columns=columns(
        email="email", name="name", subscribed="subscribed_to_emails", opted_in_at="created_at",
        unsubscribed="deleted_at", tags="labels",
    ),
)  # fmt: skip

MAILPOET = System(
    key="mailpoet", name="MailPoet", signature=names("email"), any_of=names("list status", "global status"),
    columns=columns(
        email="Email", first_name="First name", last_name="Last name", opted_in_at="Subscription time",
        confirmed_at="Confirmation time", status="List status|Global status", ip="Confirmation IP|Subscription IP",
    ),
    statuses=statuses(
        unproven="subscribed|inactive", pending="unconfirmed", unsubscribed="unsubscribed|trash", bounced="bounced",
    ),
)  # fmt: skip

_BUTTONDOWN = statuses(
    # It sends nothing to anybody who did not confirm.
    proven="regular|premium|gifted|trialed|churning|churned|past_due|paused", pending="unactivated|unpaid",
    unsubscribed="unsubscribed|removed|upcoming", bounced="undeliverable", complained="complained",
    blocked="spammy|blocked|disabled|malicious",
)  # fmt: skip
BUTTONDOWN = System(
    key="buttondown", name="Buttondown", signature=names("creation_date"),
    any_of=names("metadata", "type", "subscriber_type", "referrer_url"),
    columns=columns(
        email="email|email_address", status="type|subscriber_type", tags="tags", attributes="metadata",
        opted_in_at="creation_date", unsubscribed="unsubscription_date|unsubscribed_at", ip="ip_address",
        reason="unsubscription_reason",
    ),
    statuses=_BUTTONDOWN,
)  # fmt: skip

BEEHIIV = System(
    key="beehiiv", name="beehiiv", signature=names("email", "status"),
    any_of=names("utm_source", "subscription_tier", "tier", "referral_code"),
    columns=columns(
        email="email", first_name="first name", last_name="last name", name="name", status="status",
        opted_in_at="created_at|created|subscribed_at", unsubscribed="unsubscribed_at", tags="tags",
    ),
    statuses=statuses(
        unproven="active", pending="pending|validating|needs_attention", unsubscribed="inactive|unsubscribed",
        bounced="invalid", not_subscribed="",
    ),
)  # fmt: skip

BREVO = System(
    key="brevo", name="Brevo", signature=names("email"),
    any_of=names("added_time", "email_blacklisted", "emailblacklisted", "double_opt-in", "contact id"),
    columns=columns(
        email="EMAIL", first_name="FIRSTNAME|PRENOM|VORNAME", last_name="LASTNAME|NOM|NACHNAME", language="LANGUAGE",
        blocked="BLACKLISTED|EMAIL_BLACKLISTED|EMAILBLACKLISTED", consent="DOUBLE_OPT-IN|DOUBLE_OPTIN",
        opted_in_at="ADDED_TIME", unsubscribed="UNSUBSCRIBED|UNSUBSCRIBED_TIME",
    ),
)  # fmt: skip

KEILA = System(
    key="keila", name="Keila", signature=names("email", "first name", "last name", "data", "status"),
    columns=columns(
        email="Email", first_name="First name", last_name="Last name", attributes="Data", status="Status",
        confirmed_at="Double opt-in at|Double_opt_in_at", opted_in_at="Inserted at",
    ),
    statuses=statuses(unproven="active", unsubscribed="unsubscribed", bounced="unreachable"),
)  # fmt: skip

PHPLIST = System(
    key="phplist", name="phpList", signature=names("email"),
    any_of=names(
        "uniqid", "unique id for user", "unique id for subscriber", "is this user confirmed",
        "is this subscriber confirmed", "htmlemail",
    ),
    columns=columns(
        email="email", consent="confirmed|is this user confirmed|is this subscriber confirmed", name="name",
        blocked="blacklisted|is this user blacklisted|is this subscriber blacklisted", opted_in_at="entered",
        first_name="first name", last_name="last name",
    ),
)  # fmt: skip
MAILJET = System(
    key="mailjet", name="Mailjet", signature=names("email"),
    any_of=names("isexcludedfromcampaigns", "isoptinpending", "isunsub", "isunsubscribed"),
    columns=columns(
        email="email", name="name", first_name="firstname", last_name="lastname", opted_in_at="createdat",
        blocked="isexcludedfromcampaigns", unsubscribed="isunsubscribed|unsubscribed|isunsub|unsubscribedat",
    ),
)  # fmt: skip
MAILJET_LIST = System(
    key="mailjet", name="Mailjet", signature=names("email", "subscribed at", "unsub"),
    columns={**MAILJET.columns, **columns(unsubscribed="unsub", opted_in_at="subscribed at")},
)  # fmt: skip

SYSTEMS = (
    OWN, LISTMONK, LISTMONK_IMPORT, MAILCHIMP, SUBSTACK, GHOST, MAILPOET, BUTTONDOWN, BEEHIIV, BREVO, KEILA, PHPLIST,
    MAILJET, MAILJET_LIST,
)  # fmt: skip

# Any other table: the words that people write above such columns, in English, German, French and Arabic.
PLAIN = System(
    key="csv", name="CSV", signature=frozenset(),
    columns=columns(
        email="email|e mail|email address|e mail address|mail|address|subscriber|e mail adresse|email adresse|"
              "mailadresse|adresse e mail|adresse email|adresse mail|courriel|adresse électronique|mél|"
              "البريد الإلكتروني|البريد الالكتروني|بريد إلكتروني|البريد|الإيميل|ايميل|عنوان البريد الإلكتروني",
        name="name|full name|display name|vollständiger name|nom complet|nom et prénom|الاسم|الاسم الكامل|اسم",
        first_name="first name|firstname|fname|given name|forename|vorname|prénom|prenom|الاسم الأول|الاسم الاول",
        last_name="last name|lastname|lname|surname|family name|nachname|familienname|nom|nom de famille|"
                  "اسم العائلة|الكنية|اللقب",
        language="language|lang|locale|sprache|langue|اللغة",
        status="status|state|subscription status|statut|état|الحالة",
        consent="consent|opt in|optin|double opt in|confirmed|einwilligung|bestätigt|consentement|confirmé|موافقة|"
                "الموافقة|مؤكد",
        confirmed_at="confirmed at|confirm time|confirmation time|confirmation date|consent date|consented at|"
                     "double opt in at|bestätigt am|einwilligung am|date de confirmation|confirmé le|تاريخ التأكيد|"
                     "تاريخ الموافقة",
        opted_in_at="optin time|opt in time|opt in date|subscribed at|signup date|sign up date|subscription date|"
                    "created at|created|angemeldet am|date d inscription|inscrit le|تاريخ الاشتراك",
        ip="ip|ip address|confirm ip|optin ip|ip adresse|adresse ip",
        unsubscribed="unsubscribed|unsubscribed at|unsub time|opt out|optout|opted out|abgemeldet|abgemeldet am|"
                     "désabonné|désinscrit|désinscrit le|ألغى الاشتراك",
        subscribed="subscribed|angemeldet|abonné|inscrit|مشترك",
        bounced="bounced|bounce|hard bounced|unzustellbar",
        blocked="blocked|blacklisted|blocklisted|suppressed|gesperrt|bloqué|محظور",
        tags="tags|labels|schlagwörter|étiquettes|الوسوم",
        topics="topics|themen|thèmes|الموضوعات|المواضيع",
        attributes="attributes|attribs|custom fields",
    ),
    statuses=statuses(
        proven="confirmed|enabled|opted in|bestätigt|confirmé|مؤكد",
        unproven="subscribed|active|regular|yes|1|true|angemeldet|aktiv|abonné|actif|inscrit|مشترك|نشط",
        pending="pending|unconfirmed|unactivated|waiting|inactive|ausstehend|unbestätigt|en attente|non confirmé|معلق",
        not_subscribed="non-subscribed|nonsubscribed|not subscribed|transactional|no|0|false",
        unsubscribed="unsubscribed|left|opted out|opted-out|disabled|removed|deleted|abgemeldet|désabonné|désinscrit|"
                     "غير مشترك",
        bounced="bounced|cleaned|invalid|undeliverable|unreachable|hard bounced|unzustellbar|rejeté|مرتد",
        complained="complained|complaint|spam|abuse|reported as spam|beschwerde|plainte",
        blocked="blocked|blocklisted|blacklisted|suppressed|banned|gesperrt|bloqué|محظور",
    ),
)  # fmt: skip


def system_of(header: list[str]) -> System | None:
    """The system whose export has such columns. None: any table."""
    return fitting(header, SYSTEMS)
