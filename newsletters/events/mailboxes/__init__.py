"""Where returned mail waits for us: a Maildir, a mailbox by IMAP, a door of our own by LMTP. What isn't ours stays."""
