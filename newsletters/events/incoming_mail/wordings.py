"""What servers say when they don't take a mail, in their own words: a table, read from above.

A row is a kind, a name, and the wordings that mean it. The first row that matches decides, so a row stands above those
whose words it may contain: “sender address rejected: domain not found” is about us, “domain not found” about them. The
names are part of what `read_bounces` prints.

Each wording is looked for in lower case, with every run of blanks as one space; `.` and `?` have their meaning in
regular expressions, of which none may need more than linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletters.events.incoming_mail.kinds import MailKind

HARD, SOFT, FULL, POLICY = MailKind.HARD, MailKind.SOFT, MailKind.FULL, MailKind.POLICY


@dataclass(frozen=True, slots=True)
class Wording:
    """`strong` ones decide against any status; the others only where the status leaves it open."""

    kind: MailKind
    name: str
    pattern: re.Pattern[str]
    strong: bool = True


def _row(kind: MailKind, name: str, *wordings: str, strong: bool = True) -> Wording:
    return Wording(kind, name, re.compile("|".join(f"(?:{wording})" for wording in wordings)), strong)


# What stands for the one it was meant for, between the words around it.
_ONE = r"(?:user|recipient|mailbox|account|address|customer|e-?mail|email address|username|alias|inbox)"
_NOT_THERE = (
    r"(?:unknown|not found|does ?n[o']t exist|does not exist|doesn.t exist|not exist|not known|nonexist\w*|non-exist\w*"
    r"|invalid|is not valid|not a valid|unrecogni[sz]ed|not recogni[sz]ed|not listed|not available here|is wrong"
    r"|could ?n[o']t be found|couldn.t be found|cannot be found|can.t be found|has been deleted|was deleted"
    r"|no longer (?:exist\w*|valid|in use|available|active|here)|undefined)"
)

WORDINGS: tuple[Wording, ...] = (
    _row(
        POLICY, "sender-refused",
        r"sender(?: e-?mail)?(?: address)?(?: is)? (?:rejected|refused|denied|blocked|not allowed|verif\w+ fail"
        r"|invalid)",
        r"sender (?:verify|verification|domain|unknown|policy|ip)", r"invalid (?:sender|mail from|return path)",
        r"domain of (?:the )?sender", r"(?:envelope )?sender's? (?:domain|address|mailbox|ip)", r"bad sender",
        r"mail from (?:domain|address|rejected|.{0,60}(?:denied|not allowed))", r"unauthori[sz]ed (?:sender|to send)",
        r"\bfrom (?:address|header) .{0,40}(?:rejected|invalid|not allowed)",
        r"resolver\.rst\.(?:notauth|auth|restr|send)",
        r"sendernotauth", r"sendasdenied", r"(?:only accepts|accepts only) (?:e?mails?|messages)? ?from",
        r"sender is not (?:on|in) the",
        r"not allowed to (?:send|post|email)", r"n(?:o|')t have permission to send",
        r"not authori[sz]ed to (?:send|post)",
        r"tenant ?attribution", r"not accepting (?:mail|messages|e-?mail) from (?:this|your|the) (?:sender|domain)",
        r"outgoing blocked", r"recipient has blocked", r"sender is blocked",
    ),
    _row(
        SOFT, "greylisted", r"gr[ae]y-?list", r"gr[ae]ylisted", r"try again in \d+ (?:sec|min)", r"liste grise",
    ),
    _row(
        SOFT, "too-fast",
        r"rate.?limit", r"throttl",
        r"too many (?:\w+ ){0,3}(?:connections?|messages?|e?mails?|recipients|sessions|requests)",
        r"too (?:fast|quickly|frequent)", r"frequency (?:is )?limited",
        r"(?:sending|hourly|daily|relay) (?:\w+ )?(?:limit|quota)",
        r"at a rate that prevents", r"(?:max(?:imum)?|exceeded the) (?:\w+ ){0,3}e?mails per hour",
        r"unusual sending activity",
        r"temporarily deferred due to", r"concurrent", r"exceeded .{0,20}(?:connection|message|rate) limit",
        r"too much traffic", r"limits? (?:for )?how many messages", r"sends? (?:too )?many",
    ),
    _row(
        SOFT, "server-full",
        r"insufficient (?:system (?:storage|resource)|disk space)", r"no space left on device",
        r"system (?:storage|disk) full",
    ),
    _row(
        FULL, "mailbox-full",
        r"mail ?box(?: \S{1,80})?(?: is| of .{1,60} is| for .{1,60} is|:)? ?(?:too )?(?:full|over ?size|over ?flow)",
        r"mailfull",
        r"mail ?(?:box|folder|file|dir)\S?(?: \S{1,80}){0,3} (?:is |has )?(?:over|exceed\w*|full)", r"full mailbox",
        r"(?:inbox|account|mail ?file|mailfolder|store|mail drop|box) (?:is |has )?(?:currently )?(?:full|over|exceed)",
        r"over ?quota",
        r"over (?:the |his |her |its |their |allowed |maximum |disk |storage |mail |\w+ )?(?:\w+ )?quota",
        r"quota[- _]?(?:is |was |has been )?(?:full|exceed|limit|violation|reached|usage)",
        r"exceed\w* (?:\S+ ){0,5}(?:quota|storage|space|mailbox size|disk)", r"quotaexceeded",
        r"out of (?:storage|quota|disk|space)",
        r"(?:insufficient|not enough|no|low on|lack of|running out of) (?:\w+ )?(?:disk |storage |mailbox )?(?:space"
        r"|storage)(?! for name)",
        r"storage (?:quota|limit|allocation|space)", r"mailbox size limit", r"size of (?:the )?mailbox",
        r"mailbox (?:storage )?limit",
        r"user has (?:too many messages|exhausted|no space)",
        r"has (?:reached|exhausted) (?:\w+ ){0,3}(?:quota|storage|space)",
        r"disk ?quota", r"quota exceed", r"number of messages in (?:the )?recipient.s mailbox",
        r"too much mail (?:stored|in)",
        r"overquota", r"allowed quota",
        r"space (?:is )?not enough", r"insufficient (?:mailbox )?quota",
        r"too many messages (?:on|in) (?:this|the|your) (?:mailbox|inbox)",
        r"postfach (?:ist |des .{1,60} ist )?(?:voll|über)",
        r"(?:speicherplatz|quota) (?:ist )?(?:erschöpft|überschritten|voll)",
        r"bo[iî]te (?:.{1,40} )?(?:pleine|satur)", r"quota (?:dépassé|depasse)", r"dépass\w+ .{0,30}quota",
        r"buz[oó]n (?:.{0,40} )?(?:est[aá] )?lleno", r"casella (?:.{0,40} )?piena", r"caixa (?:.{0,40} )?cheia",
        r"cuota .{0,30}excedid",
        r"ящик .{0,40}(?:переполнен|полон)", r"переполнен", r"превышена квота",
        r"邮箱.{0,6}(?:已满|空间不足)", r"空间(?:已满|不足)",
        r"容量.{0,8}(?:超過|いっぱい|不足)",
    ),
    _row(
        SOFT, "too-large",
        r"message (?:size|length|is) (?:exceeds|too (?:large|big|long)|larger)",
        r"(?:message|mail|e-?mail) (?:\w+ )?(?:too|is too) (?:large|big)",
        r"(?:message|mail) size (?:limit )?exceeds",
        r"exceeds? (?:\w+ ){0,4}(?:message|mail|maximum|max) (?:\w+ )?(?:size|length)",
        r"size limit", r"recipsizelimit", r"maximum (?:message )?(?:size|length)", r"message file too big",
        r"too large for",
        r"nachricht ist zu gro(?:ß|ss)", r"message trop volumineux", r"larger than the (?:current )?system limit",
    ),
    _row(
        HARD, "unknown-user-behind-the-edge", r"access denied\.? as\(2018\d+\)",
        r"5\.4\.1 \S{0,80} ?recipient address rejected: access denied",
    ),
    _row(
        SOFT, "temporarily-unavailable",
        r"temporar(?:y|ily) (?:\w+ )?(?:disabled|suspended|unavailable|inactive|locked|blocked|rejected|deferred"
        r"|failure|lookup|error|problem)",
        r"(?:mailbox|account|user|recipient) (?:\w+ )?temporar", r"please (?:re)?try (?:again )?later",
        r"try (?:again|later)",
        r"unverified address", r"server (?:is )?(?:too )?busy", r"resources? temporarily",
        strong=False,
    ),
    _row(
        HARD, "unknown-user",
        rf"{_ONE}(?: name)?(?:\(s\)|s)?[ :]*(?:[<(\[\"']?\S{{1,80}}[>)\]\"']?:? )?(?:is |was |are "
        rf"|in .{{1,30}} )?(?:an? )?{_NOT_THERE}",
        rf"{_NOT_THERE} (?:or \w+ )?(?:local )?(?:e-?mail )?{_ONE}",
        r"no such (?:\w+ )?(?:user|person|recipient|mailbox|address|account|alias|customer|local|e-?mail|name|id)",
        r"no mailbox (?:here|by|found)",
        r"no (?:valid )?(?:user|recipient|account|mailbox|address)(?: here)? (?:by|with|found|called|named|matching"
        r"|exists?|here)",
        r"(?:user|recipient|mailbox|account|address)\S{0,3} .{0,80}(?:does not exist|doesn.t exist|not found|unknown"
        r"|is unknown|nonexistent)",
        r"(?:does not|doesn.t) (?:have|exist)(?: an?)?(?: here| \S+ account|\.|$| on| at| in| -)",
        r"user .{0,60} not (?:known|exist|found|listed)",
        r"this user doesn.t have a", r"not our customer", r"unrouteable address",
        r"unrout(?:e)?able (?:mail )?(?:address|local)",
        r"(?:unknown|bad|invalid|illegal) (?:[\w-]+ )?(?:address|alias|recipient|user|mailbox|local[- ]?part"
        r"|destination"
        r"|account|to )", r"recipnotfound", r"unknown or illegal",
        r"not listed in (?:the )?(?:domino|public name|name & address|.{0,20}directory|.{0,20}address book)",
        r"(?:is )?not (?:found )?in (?:the )?(?:domino )?(?:directory|address book)",
        r"unable to (?:find|validate|resolve|relay to) (?:the )?(?:recipient|user|mailbox|address)",
        r"couldn.t be found", r"wasn.t found", r"was not found at",
        r"is not a (?:known|valid|registered|local) (?:user|address|recipient|mailbox|account)",
        r"not a (?:known )?(?:user|mailbox|recipient)",
        r"(?:mailbox|account|address|user|recipient) (?:\S{1,80} )?(?:is )?(?:unavailable"
        r"|not available)(?! or access)", r"mailbox not (?:found|local|known)", r"no account by that name",
        r"requested action not taken: mailbox",
        r"recipient (?:address )?rejected: (?:user|address|no|unknown|invalid|recipient|undeliverable|mailbox)",
        r"undeliverable address",
        r"(?:has |have )?(?:left|retired from|is no longer (?:with|at|employed)|no longer works)",
        r"address (?:is )?(?:no longer|has been (?:changed|discontinued|removed))",
        r"no longer accepts? (?:mail|messages|e-?mail)", r"user (?:has )?moved",
        r"has (?:moved|changed (?:his|her|their|its) (?:e-?mail )?address)", r"relocated",
        r"(?<!sender )address (?:rejected|failed|error)(?=[.,;!)<]|$| [x<-])", r"\bno user\b", r"user unknown",
        r"unknown user", r"unknown recipient", r"recipient unknown",
        r"user doesn.t exist", r"validrcptto", r"addressee unknown", r"\w+ may not exist",
        r"delivery to non-?existent", r"can.t find (?:the )?(?:user|recipient|mailbox)",
        r"recipient not (?:found|known|recogni[sz]ed|in)",
        r"cannot find your recipient", r"not (?:be )?delivered? .{0,20}because .{0,20}unknown",
        r"name is not recogni[sz]ed", r"unable to deliver to .{0,60}user",
        r"(?:empf[aä]nger|benutzer|postfach|adresse|nutzer)(?: \S{1,80})? .{0,20}(?:unbekannt|existiert nicht"
        r"|nicht gefunden|nicht vorhanden|nicht bekannt|ungültig)", r"unbekannter? (?:empf|benutzer|nutzer)",
        r"(?:adresse|destinataire|utilisateur|bo[iî]te)(?: .{0,60})? (?:invalide|inconnue?|n.existe (?:pas|plus)"
        r"|introuvable)",
        r"(?:usuario|direcci[oó]n|buz[oó]n|cuenta|destinatario|utente|indirizzo|casella|usu[aá]rio"
        r"|endere[cç]o)(?: .{0,60})? (?:desconocid|no existe|inexistente|sconosciut|non esist|non valid|inesistente"
        r"|n[aã]o existe|desconhecid|inv[aá]lid)",
        r"(?:пользователь|ящик|адрес|получатель).{0,60}(?:не найден|не существует|неизвестен|удал[её]н)", r"不存在",
        r"用户(?:未找到|不存在)", r"(?:宛先|ユーザ|アドレス|メールアドレス).{0,30}(?:見つかりません|存在しません|不明)",
        r"存在し(?:ない|ません)",
    ),
    _row(
        HARD, "closed-mailbox",
        r"(?:account|mailbox|user|recipient|address|inbox"
        r"|id)(?: \S{1,80})?(?: you tried to reach)?(?: that you tried to reach)? (?:is |was |has been "
        r"|is currently |are )?(?:permanently )?(?:disabled|inactive|deactivated|suspended|terminated|closed"
        r"|cancell?ed|expired|frozen|locked|not active|discontinued|deleted|removed|retired"
        r"|blocked due to inactivity)",
        r"(?:disabled|inactive|deactivated|suspended|terminated|closed|expired|locked|blocked) (?:\w+ )?(?:account"
        r"|mailbox|user|recipient)", r"disabled or discontinued", r"extended inactivity", r"due to inactivity",
        r"not accepting (?:mail|messages|email)", r"is not (?:currently )?accepting",
        r"mailbox (?:is )?not (?:enabled|activated)",
        r"(?:postfach|konto) .{0,40}(?:deaktiviert|gesperrt|geschlossen)", r"(?:user|account) is not active",
        r"no longer active", r"mail(?:box)? delivery disabled", r"recipient is not accepting",
    ),
    _row(HARD, "nxdomain", r"nxdomain"),
    _row(
        HARD, "no-such-domain",
        r"null ?mx", r"(?:host|domain)(?: name)?(?: or domain name)?(?: \S{1,120})? (?:is )?(?:unknown|not found"
        r"|does(?:n.t| not) exist|could not be found|not exist|is invalid|non-?existent)(?!.{0,20}try again)",
        r"unknown (?:host|domain|mail domain)", r"no such (?:host|domain)", r"host unknown", r"domain name not found",
        r"bad (?:host|domain|destination (?:host|system|domain))", r"illegal host",
        r"couldn.t find any host named", r"unrout(?:e)?able (?:mail )?domain", r"mx records? point to non-?existent",
        r"no (?:mx|dns) (?:or a |entr|record|information)",
        r"(?:no|could not find a?) (?:valid )?mail ?(?:server|exchanger|host)s?(?: for| found)?",
        r"does not accept (?:e-?)?mail", r"domain (?:\S{1,80} )?(?:does not|doesn.t) (?:accept|have|receive)",
        r"name or service not known", r"no route (?:found )?to domain", r"recipient.s domain",
        r"invalid domain", r"domain(?:name)? (?:is )?(?:expired|inactive|suspended)",
        r"unable to find (?:a )?(?:host|domain|mx)", r"\bno mx\b",
    ),
    _row(
        POLICY, "blocklist-or-spam",
        r"spam", r"unsolicited", r"\bjunk\b", r"\bbulk\b", r"(?:black|block|deny|reject).?list", r"barracuda",
        r"\bd?nsbl\b", r"\bd?ns?rbl\b", r"sorbs", r"proofpoint", r"mimecast",
        r"messages from \S+ weren't sent", r"reputation", r"dmarc", r"\bspf\b", r"dkim", r"senderid", r"authenticat",
        r"not pass auth", r"\b(?:reverse|ptr|rdns)\b", r"policy", r"policies", r"security reasons",
        r"listed (?:in|at|on|by)\b", r"surbl|uribl", r"(?:client host|helo command) rejected|cannot find your",
        r"service (?:refuse|refusé)", r"\[(?:hm|cs|ph|bl|ts)\d\d\]", r"con:b\d", r"dt:spm", r"\brp:", r"\bhl:",
        r"virus",
        r"malware", r"phish", r"спам", r"垃圾邮件",
    ),
    _row(
        POLICY, "blocked",
        r"prohibited", r"content (?:denied|rejected|filter|restrict|not allow)",
        r"(?:rejected|blocked|refused|denied|filtered) (?:by|because|due to|for|as|using|from|based)",
        r"(?:message|mail|e-?mail|content)s? (?:\w+ )?(?:has been |was |is |were |been )?(?:rejected"
        r"|blocked|refused|denied|filtered|quarantined|discarded|not accepted|not allowed|banned)",
        r"(?:rejected|refused|blocked|denied) (?:message|mail|e-?mail|connection|access)", r"banned", r"virus",
        r"malware", r"phish", r"suspicious", r"malicious", r"attachment", r"forbidden", r"access (?:is )?denied",
        r"blocked", r"listed (?:in|at|on|by)\b",
        r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not|prohibited|refused)", r"unable to relay",
        r"not (?:permitted|allowed) to relay", r"we do not relay", r"relaying", r"rcpthosts", r"cannot relay",
        r"administrative(?:ly)? (?:prohibit|den|reject)", r"tls (?:is )?required", r"starttls",
        r"service (?:refuse|refusé)", r"mail rejet", r"rejet[eé]", r"bad (?:dns )?ptr", r"complaint", r"abuse",
        r"transaction failed.{0,40}(?:policy|reject)",
        r"body type not supported", r"access to .{0,40}mail system has been rejected",
        r"abgelehnt", r"gesperrt", r"отклонен", r"спам", r"垃圾邮件", r"拒绝", r"envelope blocked",
        r"not accepted for policy", r"fingerprint", r"headers? (?:are|is|fail)\b|rfc ?(?:2|5)822",
        r"user (?:did not|refused|rejected)", r"does(?: not|n.t) want", r"domain .{0,40}not allowed",
        r"restricted", r"unacceptable", r"score", r"violat",
    ),
    _row(
        SOFT, "unreachable",
        r"timed? ?out", r"time-?out", r"connection (?:refused|reset|lost|closed|was dropped|dropped|broken|failed)",
        r"no route to host", r"network (?:is )?unreachable", r"lost connection", r"(?:retry|delivery) time",
        r"unable to connect|couldn.t connect|can.t connect|could not connect|cannot connect",
        r"did not accept our requests to connect",
        r"no answer from|not responding|did not respond|isn.t responding|not answer",
        r"wasn.t able to establish an smtp connection",
        r"name ?server|servfail|dns (?:query|lookup|error|fail|server)|lookup fail", r"host not found, try again",
        r"in the queue too long", r"has expired|message expired|expired message|undelivered for"
        r"|could not be delivered (?:for|within)|for more than \d|has been failing|have been failing|retry time",
        r"queue(?:d)? (?:lifetime|time)", r"handshake", r"tls (?:negotiation|session)",
    ),
    _row(
        SOFT, "loop", r"loop", r"too many hops", r"hop count", r"hops? exceeded", r"lowest numbered mx",
            r"received: headers",
    ),
    _row(
        SOFT, "server-trouble",
        r"system (?:error|failure|resource|problem|config)", r"internal (?:server )?error",
        r"configuration error|misconfigur", r"i/o error|input/output", r"no space left",
        r"cannot (?:append|update|open|create|write)",
        r"command died|local configuration|local error|unexpected|child status",
        r"protocol error|syntax error|command (?:not|unrecogni|out of)|bad sequence",
        r"service (?:not available|unavailable|currently)", r"out of memory|software caused",
    ),
)  # fmt: skip
