"""What comes back after a mail has left. Clicks are counted; mail is read, but takes no effect yet.

The room stands above delivery, so that an event may change the ledger. One module a kind of event, one folder a source
(`webhooks/` of mail services, a mailbox of bounces), and the same three steps everywhere: receive, keep once, take
effect.
An event finds its mail by `Delivery.provider_id` or `Message.provider_id`.
"""
