"""What comes back after a mail has left: bounces, complaints, requests to unsubscribe, answers, clicks and opens.

The room stands above delivery, so that an event may change the ledger. Three steps, each in a folder: keep what
came, once (`receiving/`); read it by the rules of its source (`incoming_mail/`, `webhooks/`); let it take effect
(`feedback/`). A source is a mailbox (`mailboxes/`), a mail service, or what a server said while we sent. Clicks and
opens, of which there are far more, go by a spool of their own (`clicks/`).
"""
