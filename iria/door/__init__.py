"""What stands in front of Django: an asynchronous door (RSGI, served by granian) that is small enough to face anybody.

Guarantee: a thread of Django's only ever sees a request that has arrived whole, within a size and a time. A client that
is slow, sends too much or opens too many connections costs the door a few kilobytes and nobody else their turn.
"""
