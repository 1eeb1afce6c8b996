"""What bounces, complaints and requests by mail do to the ledger and to people, from wherever they come.

Every effect is idempotent and goes one way, so that events may come twice, late, and in any order.
"""
