"""The pages of an edition: compose, preview, preflight, approve, test, send, watch, resolve, ledger, report."""
