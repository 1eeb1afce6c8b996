"""Answers that a program gives in somebody's name: vacation notes, receipts, challenges. They change nothing.

RFC 3834 has a field for it, which bounces carry as well, and half of these answers carry none. So what says “vacation”
without doubt is asked for before any bounce is looked for, and what only says “automatic” afterwards.
"""

from __future__ import annotations

import re

from newsletters.events.incoming_mail.kinds import Failure, MailKind
from newsletters.events.incoming_mail.measured import Fields, MeasuredMail
from newsletters.events.incoming_mail.recipients import address_in
from newsletters.events.incoming_mail.texts import ServerWords

# At the beginning of a subject, behind “Re:” and its like in any language.
_PREFIX = (
    r"^\s*(?:(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|rv|res|enc|odp|ynt|回复|答复|رد)\s*(?:\[\d+\])?\s*[:：]\s*){0,3}"
    r"[\[(*<!\s]{0,3}"
)
_AWAY = re.compile(
    _PREFIX
    + r"(?:"
    + "|".join(
        (
            # English
            r"out[ -]of[ -](?:the[ -])?office", r"ooo\b", r"oof\b", r"auto(?:matic|mated"
            r"|matically)?[ -]?(?:generated )?[ -]?(?:repl|respon|answer|e-?mail reply|acknowledg|notif.{0,12}repl)",
            r"auto[ :-]", r"(?:on )?vacation\b", r"on (?:annual |sick |maternity |parental )?leave\b",
            r"(?:i am|i'm|i will be|currently) (?:away|out|on)\b", r"away (?:from|notice|message|until)",
            r"(?:on )?holiday(?:s)?(?:\b.{0,20}(?:notice|repl|until|from))?\s*(?:$|[:-])", r"absence\b",
            r"thank you for (?:your (?:e-?mail|message|mail|enquiry|inquiry)|contacting|writing)",
            r"(?:we(?: have|'ve) )?received your",
            r"your (?:e-?mail|message|request|enquiry) (?:has been|was) received", r"no longer (?:at|with|employed)",
            r"change of (?:e-?mail )?address", r"new e-?mail address", r"my (?:new )?e-?mail address has changed",
            # German, Dutch, Scandinavian
            r"abwesen", r"automatische (?:antwort|abwesenheit|r[üu]ckantwort|empfang)", r"autom\. antwort", r"urlaub",
            r"nicht (?:im|am) (?:b[üu]ro|haus|arbeitsplatz)", r"au(?:ß|ss)er haus", r"eingangsbest[äa]tigung",
            r"automatisch (?:antwoord|bericht)", r"afwezig", r"niet op kantoor", r"automati(?:sk|skt|serat) svar",
            r"autosvar", r"fr[åa]nvar", r"frav[æa]r", r"ferie", r"ikke (?:til stede|p[åa] kontoret)", r"sjálfvirkt",
            r"fjarver", r"automaattinen", r"poissa", r"lomalla",
            # French, Spanish, Portuguese, Italian, Romanian, Catalan
            r"r[ée]ponse automatique", r"absen(?:t|ce)\b.{0,30}", r"absence (?:du bureau|de)", r"message d'absence",
            r"en (?:cong[ée]s?|vacances)", r"accus[ée] de r[ée]ception", r"respuesta autom[áa]tica", r"autorespuesta",
            r"fuera de (?:la )?oficina", r"ausente|ausencia|aus[êe]ncia", r"de vacaciones", r"vacaciones",
            r"resposta autom[áa]tica", r"fora do escrit[óo]rio", r"f[ée]rias", r"risposta automatica", r"risponditore",
            r"fuori (?:sede|ufficio)", r"assen(?:te|za)", r"in ferie", r"r[ăa]spuns automat", r"absen[țt]",
            r"resposta autom[àa]tica",
            # Slavic, Baltic, Hungarian, Greek, Turkish
            r"автоматическ\w+ (?:ответ|уведомл)", r"автоответ", r"вне офиса", r"(?:я )?(?:в )?отпуск", r"нет на месте",
            r"автоматична відповідь", r"автовідповід", r"поза офісом", r"автоматичен отговор", r"извън офиса",
            r"аутоматски", r"automatick[áýa]\w* (?:odpov|zpr)", r"nep[řr][íi]tomn", r"mimo kancel",
            r"odpowied[źz] automatyczna", r"automatyczna odpowied", r"autoodpowied", r"nieobecn", r"poza biurem",
            r"urlop", r"automatski odgovor", r"samodejn", r"odsot", r"automātisk", r"automatinis",
            r"automaatne|automaatvastus", r"automatikus v[áa]lasz", r"h[áa]zon k[íi]v[üu]l", r"szabads[áa]g",
            r"αυτόματη", r"εκτός γραφείου", r"απουσία", r"otomatik (?:yan[ıi]t|cevap)", r"i[şs]yeri d[ıi][şs][ıi]nda",
            r"ofis d[ıi][şs][ıi]nda", r"izindeyim",
            # Arabic, Hebrew, Persian, Hindi
            r"(?:ال)?رد (?:ال)?تلقائي", r"خارج (?:ال)?مكتب", r"إجازة", r"מענה אוטומטי", r"תשובה אוטומטית",
            r"מחוץ למשרד", r"היעדרות", r"پاسخ خودکار", r"स्वचालित", r"स्वतः",
            # Chinese, Japanese, Korean, Thai, Vietnamese, Indonesian
            r"自动(?:回复|答复|回覆)", r"自動(?:回覆|回復|答覆|応答|返信)", r"不在", r"外出", r"休假", r"休暇",
            r"离开办公室",
            r"자동 ?(?:회신|응답|답장)",
            r"부재 ?중", r"ตอบกลับอัตโนมัติ", r"ไม่อยู่ที่สำนักงาน", r"trả lời tự động", r"vắng mặt",
            r"(?:balasan|jawapan) otomatis", r"jawapan automatik",
        )
    )
    + r")",
    re.IGNORECASE,
)  # fmt: skip
_ANSWERS = re.compile(r"\s*(?:re|aw|antw|sv|vs|rv|res|odp|ynt|回复|答复|رد)\s*[:：]", re.IGNORECASE)
# Anywhere in one, unless it is the subject of a bounce that returns such a note.
_AWAY_ANYWHERE = re.compile(
    r"^(?!.*(?:undeliver|return|fail|deliver)).*(?:\bout of (?:the )?office\b|\bauto(?:matic)?[ -]?reply\b"
    r"|abwesenheitsnotiz|automatische antwort|r[ée]ponse automatique|respuesta autom[áa]tica|risposta automatica"
    r"|автоответ|自动回复|自動応答)",
    re.IGNORECASE,
)
# Alone in a field, whatever it says but “no”.
_FIELDS = (
    "x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-auto-reply-from",
    "x-mail-autoreply", "x-autogenerated", "x-vacation", "x-autorespond-to", "x-ms-exchange-inbox-rules-loop",
    "x-facebook-autoreply", "x-mailer-autoreply", "x-autoreply-domain",
)  # fmt: skip
_FIELD_VALUES = (
    ("precedence", re.compile(r"auto[_-]?reply", re.IGNORECASE)),
    ("preference", re.compile(r"auto[_-]?reply", re.IGNORECASE)),
    ("x-precedence", re.compile(r"auto[_-]?reply", re.IGNORECASE)),
    ("auto-submitted", re.compile(r"auto-replied\s*[;(]|auto-?reply|vacation|auto-notified", re.IGNORECASE)),
    ("delivered-to", re.compile(r"^autoresponder", re.IGNORECASE)),
    ("x-post-messageclass", re.compile(r"autoresponder", re.IGNORECASE)),
    ("x-ms-exchange-generated-message-source", re.compile(r"mailbox rules agent|oof", re.IGNORECASE)),
    ("x-mailer", re.compile(r"vacation|autorespond|auto-?reply", re.IGNORECASE)),
    ("content-class", re.compile(r"oof", re.IGNORECASE)),
)
_AWAY_IN_TEXT = re.compile(
    r"(?:i am|i'm|i will be|i'll be) (?:currently )?(?:out of|away|on (?:annual |sick |parental "
    r"|maternity )?(?:leave|vacation|holiday))|out of (?:the )?office|(?:bin|befinde mich) .{0,40}(?:nicht (?:im|am)"
    r"|abwesend|urlaub|außer haus)"
    r"|je suis (?:actuellement )?(?:absent|en cong)|estoy (?:fuera|ausente|de vacaciones)|sono (?:assente|fuori"
    r"|in ferie)|estou (?:ausente|de f[ée]rias|fora)|this is an auto(?:matic|mated)"
    r"|(?:нахожусь|буду) .{0,20}(?:в отпуске|отсутств)|automatic(?:ally)? (?:generated )?(?:reply|response)"
    r"|automatische antwort|no longer (?:work|with|employed)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"spam ?arrest|boxbe|bluebottle|mailblocks|spamblocker|choicemail|vanquish|knowspam|qconfirm|\[?tmda|mailinblack"
    r"|antispam uol|antispam\.uol|sendio|spamlion|digiportal|0spam|active ?spam ?killer|"
    r"(?:please )?confirm (?:your|that you|delivery of) (?:message|mail|e-?mail|sent|identity)|(?:sender|address"
    r"|e-?mail) (?:verification|confirmation) (?:required|request|needed)|(?:verify|authenticate) (?:yourself"
    r"|that you (?:are|sent)|your (?:identity|e-?mail to))"
    r"|requires? (?:your )?(?:confirmation|verification) before|challenge[ /-]response|(?:click"
    r"|follow) .{0,40}link .{0,60}(?:deliver|release) your (?:message|e-?mail)|awaits moderator approval"
    r"|your message .{0,60}is being held|authentifi\w+ .{0,40}message",
    re.IGNORECASE,
)
_RECEIPT = "message/disposition-notification"
_REJECTED_IN_RECEIPT = re.compile(r"was automatically rejected|automatically rejected:", re.IGNORECASE)


def says_away(fields: Fields) -> bool:
    """The fields leave no doubt that a program answers in a person's name."""
    if any(name in fields and fields[name].strip().lower() not in {"no", "false", "0"} for name in _FIELDS):
        return True
    if any(pattern.search(fields[name]) for name, pattern in _FIELD_VALUES):
        return True
    subject = fields["subject"][:300]
    if fields["auto-submitted"].lower().startswith("auto-replied") and _ANSWERS.match(subject):
        return True
    return _AWAY.search(subject) is not None or _AWAY_ANYWHERE.search(subject) is not None


def read_certain_reply(mail: MeasuredMail, told: ServerWords) -> list[Failure]:
    """A receipt, a vacation note, a challenge; empty if the mail doesn't say so without doubt."""
    whose = address_in(mail.fields["from"])
    receipt = any(part.content_type == _RECEIPT for part in mail.parts)
    if receipt and not _REJECTED_IN_RECEIPT.search(told.text):
        return [Failure(MailKind.AUTO_REPLY, whose, "", "receipt")]
    if says_away(mail.fields):
        return [Failure(MailKind.AUTO_REPLY, whose, "", "away")]
    said = f"{mail.fields['subject']}\n{mail.fields['from']}\n{mail.fields['x-mailer']}\n" + "\n".join(told.lines[:30])
    if "x-tmda-confirm" in mail.fields or "x-challenge" in mail.fields or _CHALLENGE.search(said):
        return [Failure(MailKind.AUTO_REPLY, whose, "", "challenge")]
    return []


def read_likely_reply(mail: MeasuredMail, told: ServerWords) -> list[Failure]:
    """What nothing else was found in, and that a program sent."""
    fields = mail.fields
    automatic = (
        fields["auto-submitted"].lower().startswith("auto-replied")
        or fields["x-auto-response-suppress"] != ""
        or fields["precedence"].lower() in {"bulk", "junk", "list"}
        or fields["return-path"].replace(" ", "") == "<>"
        or fields["auto-submitted"].lower().startswith("auto-generated")
    )
    if fields["auto-submitted"].lower().startswith("auto-replied") or (automatic and _AWAY_IN_TEXT.search(told.text)):
        return [Failure(MailKind.AUTO_REPLY, address_in(fields["from"]), "", "automatic")]
    return []
