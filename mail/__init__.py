"""How a mail leaves, whoever wrote it: SMTP and mail services. Knows neither people nor newsletters."""
