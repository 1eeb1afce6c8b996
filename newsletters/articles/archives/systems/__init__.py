"""The systems whose archives we read: a module each, with a `SYSTEM`, listed in `registry`."""
