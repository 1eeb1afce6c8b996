"""What the largest servers say when they don't take a mail: how each says it, and what it means.

In their true formats, as their operators and documentation give them; the addresses are nobody's.
"""

from __future__ import annotations

from newsletters.events.incoming_mail.kinds import MailKind
from tests.newsletters.events.incoming_mail import mails
from tests.newsletters.events.incoming_mail.mails import ADA, Form

HARD, SOFT, FULL, POLICY = MailKind.HARD, MailKind.SOFT, MailKind.FULL, MailKind.POLICY

# Server: the form of its mail, the kind, the status that its report has, its words.
SERVERS: dict[str, list[tuple[Form, MailKind, str, str]]] = {
    "Postfix": [
        (mails.postfix, HARD, "5.1.1",
         f"550 5.1.1 <{ADA}>: Recipient address rejected: User unknown in local recipient table"),
        (mails.postfix, HARD, "5.1.1",
         f"550 5.1.1 <{ADA}>: Recipient address rejected: User unknown in virtual mailbox table"),
        (mails.postfix, HARD, "5.4.4",
         "Host or domain name not found. Name service error for name=reader.example type=A: Host not found"),
        (mails.postfix, SOFT, "4.4.1", "connect to mx.reader.example[192.0.2.25]:25: Connection timed out"),
        (mails.postfix, SOFT, "4.4.3", "Host or domain name not found. Name service error for name=reader.example "
         "type=MX: Host not found, try again"),
        (mails.postfix, SOFT, "5.4.6", "mail for reader.example loops back to myself"),
        (mails.postfix, FULL, "5.2.2", "maildir delivery failed: error writing message: Disk quota exceeded"),
        (mails.postfix, POLICY, "5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using "
         "zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.9"),
        (mails.postfix, POLICY, "5.7.1",
         f"550 5.7.1 <{ADA}>: Recipient address rejected: Message rejected due to: SPF fail - not authorized"),
        (mails.postfix, POLICY, "5.1.8", "550 5.1.8 <news@news.example>: Sender address rejected: Domain not found"),
        (mails.postfix, SOFT, "4.2.0",
         f"450 4.2.0 <{ADA}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/"),
        (mails.postfix, SOFT, "4.4.7",
         "delivery temporarily suspended: connect to mx.reader.example[192.0.2.25]:25: Connection refused"),
        (mails.postfix, SOFT, "5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
        (mails.postfix, POLICY, "5.7.1", f"554 5.7.1 <{ADA}>: Relay access denied"),
        (mails.postfix, HARD, "5.0.0", 'unknown user: "ada"'),
    ],
    "Exim": [
        (mails.exim, HARD, "", "550 No Such User Here"),
        (mails.exim, HARD, "5.1.1", "550 5.1.1 User unknown"),
        (mails.exim_locally, HARD, "", "Unrouteable address"),
        (mails.exim_locally, HARD, "", "all relevant MX records point to non-existent hosts"),
        (mails.exim_locally, SOFT, "", "retry timeout exceeded"),
        (mails.exim_locally, SOFT, "",
         "all hosts for 'reader.example' have been failing for a long time (and retry time not reached)"),
        (mails.exim_locally, FULL, "", "mailbox is full (MTA-imposed quota exceeded while writing to tmp/1730)"),
        (mails.exim, POLICY, "",
         'JunkMail rejected - mail.news.example [192.0.2.9] is in an RBL, see https://www.spamhaus.org/query'),
        (mails.exim_locally, SOFT, "", "lowest numbered MX record points to local host"),
    ],
    "cPanel": [
        (mails.exim_locally, SOFT, "",
         "Domain news.example has exceeded the max emails per hour (150/150 (100%)) allowed. Message discarded."),
        (mails.exim, FULL, "", "552 Mailbox quota exceeded"),
        (mails.exim, HARD, "", "550 No such person at this address"),
        (mails.exim, POLICY, "", '550 "The mail server detected your message as spam and has prevented delivery."'),
    ],
    "qmail": [
        (mails.qmail, HARD, "5.1.1", "Sorry, no mailbox here by that name. vpopmail (#5.1.1)"),
        (mails.qmail, HARD, "5.1.2", "Sorry, I couldn't find any host named reader.example. (#5.1.2)"),
        (mails.qmail, SOFT, "4.4.1", "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going "
         "to try again; this message has been in the queue too long."),
        (mails.qmail, FULL, "5.2.2", "The users mailfolder is over the allowed quota (size). (#5.2.2)"),
        (mails.qmail, HARD, "",
         "192.0.2.25 does not like recipient.\nRemote host said: 550 mailbox unavailable\nGiving up on 192.0.2.25."),
        (mails.qmail, FULL, "", "user does not exist, but will deliver to /var/vpopmail/ada/\nuser is over quota"),
        (mails.qmail, HARD, "", "This address no longer accepts mail."),
        (mails.qmail, POLICY, "",
         "192.0.2.25 failed after I sent the message.\nRemote host said: 554 Message rejected as spam"),
        (mails.qmail, SOFT, "4.4.3", "CNAME lookup failed temporarily. (#4.4.3)\nI'm not going to try again; this "
         "message has been in the queue too long."),
    ],
    "Sendmail": [
        (mails.sendmail, HARD, "5.1.1", f"550 5.1.1 <{ADA}>... User unknown"),
        (mails.sendmail, HARD, "5.1.2", "550 5.1.2 Host unknown (Name server: reader.example: host not found)"),
        (mails.sendmail, SOFT, "4.4.7",
         "Deferred: Connection timed out with mx.reader.example.\nMessage could not be delivered for 5 days"),
        (mails.sendmail, POLICY, "5.7.1", "550 5.7.1 Access denied"),
        (mails.sendmail_in_words, HARD, "", f"550 <{ADA}>... User unknown"),
        (mails.sendmail_in_words, FULL, "", "552 mailbox is full"),
        (mails.sendmail_in_words, POLICY, "5.7.1", "554 5.7.1 Mail rejected: listed in blocklist"),
    ],
    "Courier": [
        (mails.courier, HARD, "", "550 User unknown."),
        (mails.courier, FULL, "", "552 Mailbox over quota."),
        (mails.courier, POLICY, "",
         "517 SPF fail news@news.example: Address does not pass the Sender Policy Framework"),
    ],
    "Google": [
        (mails.google, HARD, "5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please "
         "try double-checking the recipient's email address for typos or unnecessary spaces. "
         "https://support.google.com/mail/?p=NoSuchUser"),
        (mails.google, FULL, "5.2.2", "552-5.2.2 The recipient's inbox is out of storage space and inactive. Please "
         "direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm"),
        (mails.google, HARD, "5.2.1", "550-5.2.1 The email account that you tried to reach is disabled. "
         "https://support.google.com/mail/?p=DisabledUser"),
        (mails.google, HARD, "5.2.1", "550 5.2.1 The email account that you tried to reach is inactive."),
        (mails.google, SOFT, "4.2.1", "450-4.2.1 The user you are trying to contact is receiving mail at a rate that "
         "prevents additional messages from being delivered."),
        (mails.google, POLICY, "5.7.26", "550-5.7.26 Unauthenticated email from news.example is not accepted due to "
         "domain's DMARC policy. Please contact the administrator of news.example domain."),
        (mails.google, POLICY, "5.7.1", "550-5.7.1 [192.0.2.9      12] Our system has detected that this message is "
         "likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked."),
        (mails.google, HARD, "4.0.0", "DNS Error: 1234567 DNS type 'mx' lookup of reader.example responded with code "
         "NXDOMAIN Domain name not found: reader.example"),
        (mails.google, SOFT, "4.4.1",
         "The recipient server did not accept our requests to connect. [mx.reader.example 192.0.2.25: timed out]"),
        (mails.google_in_words, HARD, "5.1.1", "Google tried to deliver your message, but it was rejected by the "
         "server for the recipient domain reader.example by mx.reader.example. The error that the other server "
         "returned was:\n550 5.1.1 User unknown"),
        (mails.google_in_words, FULL, "5.2.2", "The error that the other server returned was:\n552 5.2.2 The email "
         "account that you tried to reach is over quota."),
    ],
    "Microsoft": [
        (mails.exchange, HARD, "5.1.10",
         f"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {ADA} not found by SMTP address lookup"),
        (mails.exchange, HARD, "5.1.1", "550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found"),
        (mails.exchange, HARD, "5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) "
         "[AM5EUR03FT012.eop-EUR03.prod.protection.outlook.com]"),
        (mails.exchange, FULL, "5.2.2",
         "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded"),
        (mails.exchange, POLICY, "5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication "
         "required; Delivery restriction check failed because the sender was not authenticated when sending to this "
         "group"),
        (mails.exchange, POLICY, "5.7.1", "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized"),
        (mails.exchange, POLICY, "5.7.1", "550 5.7.1 Unfortunately, messages from [192.0.2.9] weren't sent. Please "
         "contact your Internet service provider since part of their network is on our block list (S3140). You can "
         "also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors."),
        (mails.exchange, POLICY, "5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.9]. To request "
         "removal from this list please visit https://sender.office.com/"),
        (mails.exchange, SOFT, "5.4.300",
         "550 5.4.300 Message expired -> 421 4.4.2 Connection dropped due to SocketError"),
        (mails.exchange, HARD, "5.4.310", "550 5.4.310 DNS domain reader.example does not exist "
         "[Message=InfoDomainNonexistent] [LastAttemptedServerName=reader.example]"),
        (mails.exchange, SOFT, "5.4.14", "554 5.4.14 Hop count exceeded - possible mail loop ATTR34"),
        (mails.exchange, POLICY, "5.7.64",
         "550 5.7.64 TenantAttribution; Relay Access Denied [ValidationStatus of '' is EmptyCertificate]"),
        (mails.exchange, HARD, "5.0.350", "550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown"),
        (mails.exchange_in_words, HARD, "5.1.1", "The e-mail account does not exist at the organization this message "
         "was sent to.  Check the e-mail address, or contact the recipient directly to find out the correct "
         "address.\n            <mx.reader.example #5.1.1>"),
        (mails.exchange_in_words, FULL, "5.2.2", "The recipient's mailbox is full. <mx.reader.example #5.2.2>"),
        (mails.postfix, HARD, "5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). "
         "[BN3NAM04FT048.eop-NAM04.prod.protection.outlook.com]"),
        (mails.exim, POLICY, "", "550 SC-001 (BAY004-MC1F32) Unfortunately, messages from 192.0.2.9 weren't sent."),
    ],
    "Yahoo": [
        (mails.yahoo, HARD, "", "554 delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.com) "
         "[0] - mta1234.mail.bf1.yahoo.com"),
        (mails.yahoo, HARD, "", "554 delivery error: dd Sorry your message to ada@yahoo.com cannot be delivered. "
         "This account has been disabled or discontinued [#102]. - mta1001.mail.ne1.yahoo.com"),
        (mails.postfix, HARD, "5.0.0", "552 1 Requested mail action aborted, mailbox not found"),
        (mails.postfix, POLICY, "5.7.9",
         "554 5.7.9 Message not accepted for policy reasons. See https://senders.yahooinc.com/error-codes"),
        (mails.postfix, POLICY, "5.7.1",
         "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.9, because the ip is in Spamhaus's list"),
        (mails.postfix, SOFT, "4.7.0", "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred due to "
         "unexpected volume or user complaints - 4.16.55.1"),
        (mails.yahoo, FULL, "", "552 5.2.2 This message is larger than the current system limit or the recipient's "
         "mailbox is full. Create a shorter message body or remove attachments and try sending it again."),
    ],
    "iCloud": [
        (mails.postfix, HARD, "5.1.1", f"550 5.1.1 unknown or illegal alias: {ADA}"),
        (mails.postfix, FULL, "5.2.2", "552 5.2.2 user is over quota"),
        (mails.postfix, POLICY, "5.7.1", "554 5.7.1 [HM08] Message rejected due to local policy. Please visit "
         "https://support.apple.com/en-us/HT204137"),
    ],
    "GMX and web.de": [
        (mails.postfix, HARD, "5.0.0", "550-Requested action not taken: mailbox unavailable 550 For explanation "
         "visit https://postmaster.gmx.net/en/error-messages?ip=192.0.2.9&c=rcp"),
        (mails.postfix, FULL, "5.2.2", "552-Requested mail action aborted: exceeded storage allocation 552-Quota "
         "exceeded. The recipient's mailbox is full."),
        (mails.postfix, POLICY, "5.0.0", "554-Transaction failed 554-Reject due to policy restrictions. 554 For "
         "explanation visit https://postmaster.gmx.net/en/error-messages"),
        (mails.postfix, POLICY, "5.0.0", "554-gmx.net (mxgmx117) Nemesis ESMTP Service not available 554-No SMTP "
         "service 554-Bad DNS PTR resource record."),
        (mails.translated, HARD, "", "Empfänger unbekannt"),
        (mails.translated, FULL, "", "Das Postfach des Empfängers ist voll."),
    ],
    "T-Online": [
        (mails.postfix, HARD, "5.1.1", f"550 5.1.1 <{ADA}> Unknown recipient"),
        (mails.postfix, POLICY, "5.0.0", "554 IP=192.0.2.9 - A problem occurred. (Ask your postmaster for help or to "
         "contact tosa@rx.t-online.de to clarify.) (BL)"),
        (mails.postfix, FULL, "4.2.2", "452 4.2.2 Mailbox full"),
    ],
    "Orange": [
        (mails.postfix, HARD, "5.1.1",
         "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]"),
        (mails.postfix, FULL, "5.2.2", "552 5.2.2 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]"),
        (mails.postfix, POLICY, "5.7.1",
         "550 5.7.1 Service refuse. Veuillez essayer plus tard. service refused, please try later. OFR004_104 [104]"),
        (mails.postfix, POLICY, "5.0.0", "550 mwinf5c04 ME Mail rejete. Mail rejected. OFR_506 [506]"),
    ],
    "Free and La Poste": [
        (mails.postfix, HARD, "5.1.1",
         f"550 5.1.1 <{ADA}>: Recipient address rejected: User unknown in relay recipient table"),
        (mails.postfix, HARD, "5.2.1", "550 5.2.1 This mailbox has been blocked due to inactivity"),
        (mails.postfix, POLICY, "5.0.0", "550 spam detected"),
        (mails.postfix, HARD, "5.1.1", f"550 5.1.1 <{ADA}>: Recipient address rejected: Adresse inconnue"),
    ],
    "Libero": [
        (mails.postfix, HARD, "5.0.0", f"550 RCPT TO:<{ADA}> User unknown"),
        (mails.postfix, FULL, "5.2.2", f"552 RCPT TO:<{ADA}> Mailbox disk quota exceeded"),
        (mails.postfix, HARD, "5.0.0", f"550 <{ADA}> Utente sconosciuto - casella inesistente"),
        (mails.postfix, POLICY, "5.0.0", "550 smtp-17.iol.local smtp-17.iol.local IP blacklisted by CSI. For "
         "remediation please use https://csi.cloudmark.com/en/reset/?ip=192.0.2.9"),
    ],
    "Yandex": [
        (mails.postfix, HARD, "5.7.1", "550 5.7.1 No such user!"),
        (mails.postfix, POLICY, "5.7.1",
         "554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1764230405-abc"),
        (mails.postfix, FULL, "4.2.2", "452 4.2.2 Mailbox size limit exceeded"),
        (mails.postfix, POLICY, "5.7.1", "550 5.7.1 Policy rejection on the target address"),
    ],
    "mail.ru": [
        (mails.exim, HARD, "",
         f"550 Message was not accepted -- invalid mailbox.  Local mailbox {ADA} is unavailable: user not found"),
        (mails.exim, HARD, "",
         f"550 Message was not accepted -- invalid mailbox.  Local mailbox {ADA} is unavailable: account is disabled"),
        (mails.exim, HARD, "",
         f"550 Message was not accepted -- invalid mailbox.  Local mailbox {ADA} is unavailable: user is terminated"),
        (mails.exim, POLICY, "", "550 spam message rejected. Please visit "
         "http://help.mail.ru/notspam-support/id?c=abc or report details to abuse@corp.mail.ru."),
        (mails.exim, FULL, "", "552 Quota exceeded: the user's mailbox is full"),
    ],
    "QQ": [
        (mails.postfix, HARD, "5.0.0",
         "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728"),
        (mails.postfix, POLICY, "5.0.0",
         "550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726"),
        (mails.postfix, SOFT, "5.0.0",
         "550 Ip frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722"),
        (mails.postfix, FULL, "5.0.0", "550 The mailbox is full. http://service.mail.qq.com/"),
        (mails.postfix, POLICY, "5.0.0", "550 Mail is rejected by recipients"),
    ],
    "163": [
        (mails.postfix, HARD, "5.0.0", f"550 User not found: {ADA}"),
        (mails.postfix, HARD, "5.0.0", "550 User suspended"),
        (mails.postfix, POLICY, "5.0.0", "554 DT:SPM 163 mx31,P8CowADX3Gv 1764230405,please see "
         "http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.9"),
        (mails.postfix, FULL, "5.2.2", "552 Requested mail action aborted: exceeded mailbox quota"),
    ],
    "Zoho, Proton, Fastmail": [
        (mails.postfix, HARD, "5.1.1", f"550 5.1.1 User does not exist - <{ADA}>"),
        (mails.postfix, POLICY, "5.1.8", "554 5.1.8 Email Outgoing Blocked"),
        (mails.postfix, HARD, "5.1.1", f"550 5.1.1 <{ADA}>: Recipient address rejected: Address does not exist"),
        (mails.postfix, FULL, "5.2.2", f"552 5.2.2 <{ADA}>: Recipient address rejected: Mailbox is over quota"),
        (mails.postfix, POLICY, "5.7.1", f"554 5.7.1 <{ADA}>: Recipient address rejected: Blocked by spam filter"),
    ],
    "Domino": [
        (mails.domino, HARD, "", f"User ada ({ADA}) not listed in Domino Directory"),
        (mails.domino, HARD, "", "550 5.1.1 User unknown"),
        (mails.domino, FULL, "", "Router: Database disk quota exceeded"),
        (mails.domino, HARD, "", "No route found to domain reader.example from server MAIL1/Reader. Check Server, "
         "Connection and Domain documents in Domino Directory."),
        (mails.domino, SOFT, "",
         "Error transferring to MX.READER.EXAMPLE; Maximum hop count exceeded.  Message probably in a routing loop."),
    ],
    "GroupWise": [
        (mails.groupwise, HARD, "", "user not found"),
        (mails.groupwise, FULL, "", "The mailbox is full"),
        (mails.groupwise, HARD, "",
         "550 The name was not found at the remote site. Check that the name has been entered correctly."),
    ],
    "MailEnable": [
        (mails.mailenable, HARD, "",
         "The destination server for this recipient could not be found in Domain Name Service (DNS): unknown domain"),
        (mails.mailenable, HARD, "", "550 Requested action not taken: mailbox unavailable or not local"),
        (mails.mailenable, FULL, "", "Mailbox is over quota"),
    ],
    "Cisco": [
        (mails.ironport, HARD, "5.1.0", "5.1.0 - Unknown address error 550-'5.1.1 User unknown'"),
        (mails.ironport, SOFT, "", "5.4.7 - Delivery expired (message too old) 'timeout'"),
        (mails.postfix, HARD, "5.1.0", f"550 #5.1.0 Address rejected. {ADA}"),
        (mails.postfix, POLICY, "5.0.0", "554-mx.reader.example 554 Your access to this mail system has been "
         "rejected due to the sending MTA's poor reputation."),
        (mails.postfix, POLICY, "5.7.1",
         "550 #5.7.1 Your access to submit messages to this e-mail system has been rejected."),
    ],
    "Gateways": [
        (mails.postfix, POLICY, "5.0.0",
         "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554 [abc.uk22]"),
        (mails.postfix, HARD, "5.0.0",
         "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [abc.uk22]"),
        (mails.postfix, POLICY, "5.7.1", "554 5.7.1 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.9"),
        (mails.postfix, HARD, "5.1.1", f"550 5.1.1 <{ADA}>... User unknown (mx0a-001.pphosted.com)"),
        (mails.postfix, POLICY, "5.0.0", f"550 permanent failure for one or more recipients ({ADA}:blocked)"),
        (mails.postfix, HARD, "5.0.0",
         f"550 permanent failure for one or more recipients ({ADA}:550 5.1.1 User Unknown)"),
        (mails.postfix, HARD, "5.0.0", f"550 No such user ({ADA}) -ERR {ADA} not found"),
        (mails.postfix, POLICY, "5.0.0", "553-Message filtered. Refer to the Troubleshooting page at "
         "http://www.symanteccloud.com/troubleshooting for more 553 information. (#5.7.1)"),
        (mails.postfix, HARD, "5.0.0", f"550-Invalid recipient <{ADA}> 550 (#5.1.1)"),
        (mails.postfix, POLICY, "5.0.0",
         "501 Connection rejected by policy [7.7] 20805, please visit www.messagelabs.com/support for more details."),
    ],
}  # fmt: skip
