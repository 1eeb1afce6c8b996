"""Mail that comes back to us: bounces, complaints, auto-replies, requests to unsubscribe.

`reading` says what one mail is, from its bytes alone: it asks no database and no network, and gives an answer for any
bytes. The other modules are its parts, in the order in which it asks them.
"""
