"""What staff do to many people at once: who is meant, what is done and undone, and the worker's part."""
