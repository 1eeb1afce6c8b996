"""How a mail leaves, no matter who wrote it. Knows neither people nor newsletters.

`outbox/` keeps messages to one person and sends them; the engine of newsletters/delivery sends editions. Both do it
through a `transport`, which `routing` opens: over `smtp/`, or through a mail service (`esp/`). What an answer means is
said in `results`, why a mail was not accepted in `send_reasons`, and when a server is left alone in `circuit_breaker`.

Where what is still to come belongs:
- DKIM: a module `dkim`, which signs the bytes that `Outgoing.data` gives out, so that editions and messages are signed
  alike; mail services sign by themselves.
- Several transports, one for editions and one for messages, or one that stands in for another: `routing`.

Bounces and complaints name a mail by its return path, by the reference that a mail service keeps with it
(`esp.references`), or by its `provider_id`: `Message` here, `Delivery` in the ledger; both have an index.
"""
