"""What every floor stands on and no framework gives: addresses, characters, safe fetching, nudges, an optional cache.

No models and no app: nothing here knows mail, subscribers or newsletters.
"""
