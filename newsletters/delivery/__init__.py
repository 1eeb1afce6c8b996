"""Audience → chunks → claim → hand out → send → settle → ledger.

The rule that everything here keeps: a recipient who was handed out is never handed out again, except on proof that
the mail was not begun; where there is no proof, the mail is in doubt, and says so. docs/delivery.md draws the states.
"""
