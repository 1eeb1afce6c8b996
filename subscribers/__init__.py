"""People and their permission: who may be written to, about what, and how they change it. Knows nothing of newsletters.

    signup/         double opt-in: the form, the request, the confirmation, one reminder, the sample editions it shows
    preferences/    what subscribers change themselves: topics, name, language, a pause, unsubscribing and its undo
    messages/       what we write to one person: confirmation, reminder, welcome, link to the email preferences
    views/          the readers' pages, named as in their addresses; thin faces over signup/ and preferences/
    consent.py      the record of what was agreed to, when, where and in which words
    suppression.py  addresses that get nothing, no matter who asks
    attributes/     fields of the publisher's own on people, their typed values, and tags
    erasure.py      forgetting a person
    languages.py    in which language a page or a mail speaks
    tokens.py       the signed links in mails, and links.py their addresses
    confirmation_link.py  what the link of a confirmation says, and how long it works
    throttling.py   rate limits of the public forms; visitors.py says who asks
    growth.py       how many confirmed and unsubscribed, by week
    models/         the tables: people, lists and topics, consent, suppressions
    admin/          the staff's pages about people
    segments/       saved rules that say which people are meant: compiled, counted, explained

Lists that staff bring from elsewhere will be in imports/.
"""
