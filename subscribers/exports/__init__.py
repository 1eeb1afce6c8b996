"""Taking people out again: everything that is known of them, as CSV or JSON Lines, so that it can be brought back."""
