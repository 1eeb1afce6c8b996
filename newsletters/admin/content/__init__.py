"""What editors publish: articles, authors, pictures and comments."""
