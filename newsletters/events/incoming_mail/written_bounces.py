"""Bounces that only a person was meant to read: what each server opens them with, and what it says then.

A table of openings by the server they belong to. An opening alone makes nothing a bounce: the mail must also come from
a server, so that an answer which quotes a bounce, or a note of somebody who has left, stays what it is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message

from flufl.bounce import all_failures

from newsletters.events.incoming_mail.kinds import Failure, MailKind
from newsletters.events.incoming_mail.measured import Fields, MeasuredMail
from newsletters.events.incoming_mail.recipients import address_in, addresses_in, is_daemon
from newsletters.events.incoming_mail.senders import from_a_server, names_a_failure
from newsletters.events.incoming_mail.texts import ServerWords

# It announces each of its formats that it tries.
logging.getLogger("flufl.bounce").setLevel(logging.WARNING)

MOST_RECIPIENTS = 200
_LINES_FOR_OTHERS = 300  # what the library may look at: it asks every line some fifty times

# Each in lower case; the first that is found names the rule.
OPENINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (server, re.compile(opening))
    for server, opening in (
        ("qmail", r"this is the qmail-send program|this is the \S+ program at|i'm afraid i wasn't able to deliver"
         r"|i wasn't able to deliver your message|unfortunately, i was not able to deliver"
         r"|this is the mail(?:er)? (?:delivery )?(?:system|program|agent) at|this is the mail delivery agent"),
        ("exim", r"this message was created automatically by mail delivery software"
         r"|a message that you (?:have )?sent (?:could not be|has not yet been|was) (?:delivered|rejected)"),
        ("sendmail", r"the following addresses had (?:permanent|transient|delivery|successful)"
         r"|the original message was received at|transcript of session follows"),
        ("postfix", r"this is the (?:\S+ )?(?:postfix|mail system|mail server|keftamail|smtp_gateway)"),
        ("courier", r"running the courier mail server|undeliverable mail\b"),
        ("google", r"delivery to the following recipients? (?:failed permanently|has been delayed|failed)"
         r"|your message wasn't delivered to|address not found|message (?:not delivered|blocked)|delivery incomplete"
         r"|recipient inbox full"),
        ("exchange", r"your message did not reach some or all of the intended recipients"
         r"|did not reach the following recipient|delivery (?:has|to (?:these|the following) (?:recipients"
         r"|addresses).{0,30}) failed|delivery has failed to these recipients"
         r"|your message to .{1,200} couldn't be delivered|remote server returned"
         r"|these recipients of your message have been processed|has been processed by the mail server"),
        ("yahoo", r"sorry, we were unable to deliver your message"
         r"|unable to deliver (?:your )?message to the following address|message from yahoo\S*\.?"),
        ("domino", r"your document:|was not delivered to:?\s|failure report|lotus|domino"),
        ("groupwise",
         r"the message that you sent was undeliverable to the following|message that you sent was undeliverable"),
        ("mailenable", r"message could not be delivered to some recipients"),
        ("mdaemon", r"the following addresses? did not receive a copy of your message|mdaemon"
         r"|permanent fatal delivery error|the attached message had permanent"),
        ("mailmarshal", r"mailmarshal|your message could not be delivered because"),
        ("interscan", r"interscan|message from .{0,30}viruswall"),
        ("symantec", r"messagelabs|symantec|delivery attempts will continue to be made"),
        ("barracuda", r"barracuda|\*\*your message was blocked\*\*"),
        ("ironport",
         r"the following message to <?\S+?>? was undeliverable|the following message to .{1,200} was undeliverable"),
        ("mimecast", r"mimecast|the message you sent (?:to|has been)"),
        ("aol", r"your mail is not being delivered|the information contained in this message|aol"),
        ("mail.ru", r"это письмо создано автоматически|ваше (?:письмо|сообщение) .{0,60}не (?:может быть|было"
         r"|доставлено)|не удалось доставить"),
        ("yandex", r"this is the mail system at host .*yandex|письмо .{0,80}не доставлено"),
        ("gmx", r"ihre (?:nachricht|e-?mail|mail) .{0,80}(?:nicht|konnte)|(?:konnte|konnten) nicht (?:zugestellt"
         r"|ausgeliefert|übermittelt)|nicht zustellbar|unzustellbar"),
        ("orange", r"n'a pas pu [êe]tre (?:remis|délivré|distribu|livré|envoyé)|non (?:remis|délivré|distribu)"
         r"|impossible de (?:remettre|délivrer)"),
        ("libero",
         r"non [èe] stat[oa] (?:possibile )?(?:consegnat|recapitat|consegnare)|impossibile (?:recapitare|consegnare)"),
        ("spanish", r"no (?:se )?(?:ha podido|pudo|puede) (?:ser )?entreg|no (?:ha sido|fue) entregado"
         r"|n[ãa]o (?:p[ôo]de|foi poss[íi]vel|foi) (?:ser )?entreg"),
        ("qq", r"退信|无法(?:投递|送达|发送)|抱歉.{0,40}(?:邮件|您)|发送失败|被退回|無法(?:傳遞|投遞|送達)"),
        ("japanese", r"配信(?:できません|不能|に失敗)|送信(?:できません|に失敗|エラー)|届けられません"
         r"|お届けできません"),
        (
            "german",
            r"(?:übermittlung|zustellung|auslieferung).{0,60}(?:fehlgeschlagen|nicht möglich|gescheitert|verzögert)"
            r"|fehler bei der (?:zustellung|übermittlung)",
        ),
        (
            "french",
            r"(?:remise|distribution|livraison|envoi).{0,60}(?:a |ont )?(?:[ée]chou|impossible|pas pu|pas abouti)"
            r"|[ée]chec (?:de (?:la )?|d')(?:remise|distribution|livraison|envoi)",
        ),
        (
            "other-languages",
            r"error (?:de|en la) entrega|entrega.{0,60}(?:error|fall[oóou]|falh|no (?:se )?realiz)|falha na entrega"
            r"|(?:recapito|consegna).{0,60}non (?:[èe] )?riuscit|mancat[oa] (?:recapito|consegna)|(?:bezorging"
            r"|aflevering).{0,60}mislukt|(?:leverans|levering).{0,60}(?:mislyk|misslyck)|kunne ikke leveres"
            r"|kunde inte levereras|nie (?:można|udało się|mogła|powiodło).{0,40}dostarcz|nelze doručit"
            r"|doručení.{0,40}nezda|teslim edile|сбой доставки|доставка.{0,40}(?:не выполн|невозможн|задерж)"
            r"|не (?:был[оа]? )?доставлен|доставить.{0,40}не удалось|не может быть доставлен",
        ),
        ("machine", r"(?:message|mail|e-?mail)\b.{0,80}(?:could not|couldn't|can ?not|can't|was not|wasn't|has not"
         r"|hasn't|not) (?:be )?(?:been )?(?:deliver|sent|processed|accepted|received)"),
        ("machine", r"(?:un|non-?)deliverable|undelivered|delivery (?:(?:status|failure|error|report|problem|attempt"
         r"|of)\b.{0,40})?(?:fail|error|problem|unsuccessful|aborted|delay|impossible|not possible)"
         r"|failed (?:recipient|address|to deliver|delivery)|unable to deliver|(?:not|never) (?:be )?delivered"
         r"|returned (?:mail|to sender|message)|was returned|bounced?|rejected|invalid final delivery"
         r"|delivery report|could not reach|not be reached|mail ?box (?:is )?full|quota|user unknown|no such user"),
    )
)  # fmt: skip
_ARRIVED = re.compile(
    r"(?:successful(?:ly)? (?:deliver|relay|mail)|was delivered|has been delivered|delivery (?:was )?successful"
    r"|were delivered)"
)
_GOES_ON = re.compile(
    r"(?:no action is required|not yet been delivered|will (?:continue|be (?:re-?)?(?:tried|attempted))|(?:this"
    r"|it) is (?:just |only )?a warning|warning message only|do not need to (?:resend|take)|will (?:keep|retry)"
    r"|delivery attempts will|has been delayed|still (?:trying|being tried)|has been postponed|not need to resend"
    r"|message will be retried|wird weiter versucht|weitere zustellversuche)"
)
_WARNS = re.compile(
    r"^\s*(?:\*+ ?)?(?:warning\b|delay|mail delivery (?:delayed|warning)|delivery (?:delay"
    r"|status notification ?\(delay)|message delayed)",
    re.IGNORECASE,
)
# What only these servers write. The other openings are words that a person may use as well.
_UNMISTAKABLE = {
    "qmail", "exim", "sendmail", "postfix", "courier", "google", "exchange", "yahoo", "groupwise", "mailenable",
    "ironport",
}  # fmt: skip


def read_written_bounce(mail: MeasuredMail, told: ServerWords) -> list[Failure]:
    """Whom the text says that the mail didn't reach, and why; empty if it isn't a bounce, or doesn't say whom.

    The less its sender is known as a server, the more its words have to say: an empty return path is also what a
    vacation note has.
    """
    words = f"{mail.fields['subject']}\n{told.text}".lower().replace("’", "'")
    server = next((name for name, opening in OPENINGS if opening.search(words)), "")
    if not _is_credible(mail.fields, told, server):
        return []
    if "x-failed-recipients" in mail.fields:
        server, addresses = "exim", addresses_in(",".join(mail.fields.every("x-failed-recipients")))
    else:
        addresses = _named(told) if server else []
    if not addresses and (found := _by_library(mail, told)):
        server, addresses = server or "flufl.bounce", found
    if not server and told.judge(told.text).sure:
        server = "unnamed"
    if not server:
        return []
    if not addresses:
        addresses = _named(told) or list(filter(None, [told.sole_address()]))
    if not addresses:
        return _without_address(mail, told, server)
    if server not in _UNMISTAKABLE and _ARRIVED.search(words) and not told.judge(told.text).sure:
        return [Failure(MailKind.OTHER, address, "", f"{server}: delivered") for address in addresses[:MOST_RECIPIENTS]]
    warning = _GOES_ON.search(words) is not None or _WARNS.search(mail.fields["subject"]) is not None
    return [_failure(address, told, server, warning=warning) for address in addresses[:MOST_RECIPIENTS]]


def _is_credible(fields: Fields, told: ServerWords, server: str) -> bool:
    if from_a_server(fields):
        return True
    if names_a_failure(fields):
        return server in _UNMISTAKABLE or (server != "" and told.judge(told.text).sure)
    return server in _UNMISTAKABLE and fields["return-path"].replace(" ", "") == "<>"


def _failure(address: str, told: ServerWords, server: str, *, warning: bool) -> Failure:
    judged = told.judge(told.about(address), for_good=not warning)
    if not judged.sure:
        whole = told.judge(told.text, for_good=not warning)
        judged = whole if whole.sure else judged
    prefix = f"{server}, delayed" if warning else server
    return Failure(judged.kind, address, judged.status, f"{prefix}: {judged.rule}")


def _without_address(mail: MeasuredMail, told: ServerWords, server: str) -> list[Failure]:
    """A bounce by all signs, of nobody we could name: only where the words or the sender leave no doubt."""
    judged = told.judge(told.text)
    if not judged.sure and not is_daemon(address_in(mail.fields["from"])):
        return []
    return [Failure(judged.kind, "", judged.status, f"{server}: {judged.rule}")]


_LABELLED = re.compile(
    r"(?:recipients?(?: address)?(?:\(s\)|es)?|failed (?:recipient|address)|(?:undeliverable|invalid|unknown"
    r"|bad) address|final-recipient|address|to|for|user|empfänger|destinataire|destinatario|получатель|收件人|rcpt to"
    r"|was addressed to)\s*[:：]\s*(?:\[?smtp:|rfc822;|<|\"|'|\[)*(\S{1,64}@\S{1,255})",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^[\s*>-]*(?:\d+[.)] )?(?:<(\S{1,64}@[^\s>]{1,255})>|\[?(?:smtp:"
    r"|mailto:)?[\"']?(\S{1,64}@[^\s:;,<>()\]\"']{1,255}))[>)\]\"']*"
    r"\s*(?:[:;,(<-].*|on \w.*)?$",
    re.IGNORECASE,
)


def _named(told: ServerWords) -> list[str]:
    """The recipients: lines that an address stands alone on or begins, then those with a label, then the sentence's."""
    for found in (_alone(told), _labelled(told)):
        named = list(dict.fromkeys(each for each in found if told.may_be_recipient(each)))
        if named:
            return named
    sent_to = told.sent_to()
    named = told.addresses()
    if sent_to and any(sent_to.lower() == each.lower() for each in named):
        return [sent_to]
    return named[:1]


def _alone(told: ServerWords) -> Iterator[str]:
    for line in told.lines:
        found = _ALONE.match(line)
        if found:
            yield address_in(found[1] or found[2])


def _labelled(told: ServerWords) -> Iterator[str]:
    for line in told.lines:
        found = _LABELLED.search(line)
        if found:
            yield address_in(found[1])


def _by_library(mail: MeasuredMail, told: ServerWords) -> list[str]:
    """What flufl.bounce finds in the same text: many formats of servers that are rare today."""
    try:
        temporary, permanent = all_failures(_for_library(mail, told))
    except Exception:  # noqa: BLE001 - the library has logged it; one of its formats failed on a mail that isn't one
        return []
    found = [address.decode("ascii", "replace") for address in sorted(permanent) + sorted(temporary)]
    return [each for each in map(address_in, found) if told.may_be_recipient(each)]


def _for_library(mail: MeasuredMail, told: ServerWords) -> Message:
    """A plain mail of the words that were measured already, in ASCII and with a sender, as the library wants it."""
    sender = address_in(mail.fields["from"]) or "nobody@mail.invalid"
    head = f"From: {sender}\nSubject: {mail.fields['subject'][:300]}\n"
    lines = [*told.lines, *told.returned.split("\n")][:_LINES_FOR_OTHERS]
    body = "\n".join(line[:300] for line in lines)
    return message_from_string(f"{head}\n{body}".encode("ascii", "replace").decode("ascii"))
