"""Freeze, claim, hand out, send, settle: the processes that send an edition, and what happens when they die."""
