"""Double opt-in: somebody asks, the owner of the mailbox confirms, and one reminder."""
