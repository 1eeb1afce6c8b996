"""Messages to one person: `kinds` says which there are, `posting` puts one in the outbox, `sending` gets it out."""
