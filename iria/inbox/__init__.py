"""Catches mail on a local SMTP port and shows it at /inbox/. Only in development; it never sends anything on."""
