"""A hundred ways to say four things: what a server's words mean, without any report around them."""

from __future__ import annotations

import pytest

from newsletters.events.incoming_mail.statuses import judge

SAID = """
hard|550 5.1.1 The email account that you tried to reach does not exist
hard|550 5.1.1 Mailbox does not exist
hard|550 No such local user
hard|550 Address unknown
hard|550 5.1.0 Address rejected user@examplreader.example
hard|550 Unknown address error
hard|550 recipient rejected
hard|550 <ada@reader.example> No such mailbox here
hard|550 Recipient not found
hard|550 user invalid
hard|550 that user has moved
hard|550 5.1.1 unknown or illegal user: x
hard|550 invalid mailbox
hard|550 Invalid recipient: ada@reader.example
hard|550 There is no one at this address
hard|550 not a valid mailbox
hard|550 Account is not available
hard|550 Account deactivated
hard|550 mailbox is inactive
hard|550 5.2.1 Account disabled
hard|550 No such address: ada@reader.example
hard|550 unknown local-part "u" in domain "reader.example"
hard|553 5.3.0 <ada@reader.example>... Unknown E-Mail Address
hard|501 5.1.3 Bad recipient address syntax
hard|550 5.1.2 Bad destination host 'DNS Hard Error looking up reader.example (MX): NXDomain'
hard|Host not found
hard|Domain does not exist
hard|554 5.4.4 unable to look up host reader.example: Name or service not known
hard|550 5.1.1 Not our Customer
hard|553 Invalid user name
hard|554 qq Sorry, no valid recipients (#5.1.3)
hard|550 5.0.0 Sorry, no mailbox here by that name
hard|551 not our user
hard|556 Domain does not accept mail (nullMX)
hard|550 Requested action not taken: mailbox unavailable
hard|550 5.4.1 Recipient address rejected: Access denied
hard|550 Callout verification failed: 550 user unknown
hard|550 5.7.1 Recipient not authorized? no such user here
hard|550 user not local
hard|550 mailbox <ada@reader.example> not found
hard|550 sorry, no recipient by that name
hard|550 RCP-P1 http://postmaster.facebook.com/#rcp Refused due to recipient preferences: unknown user
full|552 5.2.2 Over quota
full|mailbox is over its quota limit
full|552 Message rejected: Recipient's mailbox would exceed maximum allowed storage
full|mail box space not enough
full|552 5.7.0 Maildirsize: user over quota
full|552 delivery failed: not enough space in mailbox
full|user has exceeded his/her disk space limit
full|422 4.2.2 mailbox for u is full
full|552 5.2.0 ada@reader.example insufficient quota
full|the user's inbox is almost full and message is too big? mailbox full
full|Recipient has exceeded allocated disk space
full|552 user mailbox exceeded its size limit
full|452 4.2.2 The email account that you tried to reach is over quota
policy|554 5.7.1 Message rejected due to content restrictions
policy|550 5.7.1 Message content rejected, UBE
policy|550 Rejected by content scanner
policy|550 Message refused by DNSBL
policy|550 5.7.1 SPF check failed
policy|550 DMARC failure
policy|554 Denied [CS] [abc] (Mode: normal)
policy|550 Mail from 1.2.3.4 refused: see http://www.mail-abuse.org
policy|554 5.7.1 You are not allowed to connect
policy|550 Sender IP must resolve
policy|554 5.7.1 <x[1.2.3.4]>: Client host rejected: Access denied
policy|450 4.7.1 Client host rejected: cannot find your hostname, [1.2.3.4]
policy|550 5.7.1 Helo command rejected: need fully-qualified hostname
policy|550 Message headers fail syntax check
policy|550 Your IP address has been blocked
policy|554 5.7.1 The message was rejected because it contains prohibited virus or spam content
policy|521 5.2.1 :  (CON:B1)  https://postmaster.aol.com/error-codes#554conb1
policy|554 Message considered spam
policy|550 5.7.515 Access denied, sending domain examplreader.example does not meet the required authentication level
policy|550 Relaying denied
policy|571 Delivery not authorized, message refused
policy|550 5.7.1 TRANSFER NOT ALLOWED
policy|551 This mail server requires PGP? authentication required
policy|530 5.7.0 Must issue a STARTTLS command first
policy|550 5.7.350 Remote server returned message detected as spam -> 554 5.7.1
policy|554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied
soft|421 4.4.2 Connection timed out
soft|451 4.3.0 Temporary server error. Please try again later
soft|451 4.7.1 Greylisting in action, please come back later
soft|450 4.7.1 Please try again later
soft|421 Service not available
soft|452 4.3.1 Insufficient system storage
soft|552 5.3.4 Message too big
soft|552 message size exceeds maximum message size
soft|554 5.4.6 Too many hops
soft|421 4.7.0 Try again later, closing connection
soft|550 5.4.5 Daily user sending limit exceeded
soft|451 Requested action aborted: local error in processing
soft|Delivery time expired
soft|450 4.2.1 The user you are trying to contact is receiving mail too quickly
soft|452 Too many recipients received this hour
soft|554 5.3.5 Local configuration error
soft|554 5.3.2 system not accepting network messages? service unavailable
soft|retry time not reached for any host after a long failure period
soft|No route to host
soft|local delivery failed: command died with status 9
soft|451 4.4.0 DNS query failed
soft|connect to x[1.2.3.4]: Connection refused
soft|421 4.2.1 Service is unavailable, try later
"""  # fmt: skip
CASES = [line.split("|", 1) for line in SAID.strip().splitlines()]


@pytest.mark.parametrize(("kind", "said"), CASES, ids=[said[:60] for _kind, said in CASES])
def test_the_words_mean_this(kind: str, said: str) -> None:
    assert judge(said).kind.value == kind


@pytest.mark.parametrize("said", [said for kind, said in CASES if kind == "hard"])
def test_nothing_is_for_good_while_it_goes_on(said: str) -> None:
    assert judge(said, for_good=False).kind.value != "hard"
    assert judge(said, for_good=False).kind.value != "policy"
