"""What a reader decides afterwards: topics, a pause, unsubscribing, and back."""
