"""How fast mail may leave: rate limits for one recipient domain and for all mail."""
