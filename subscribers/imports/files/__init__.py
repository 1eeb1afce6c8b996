"""What a file that somebody brings is, before anything in it is believed: kinds, encodings, separators, archives."""
