"""Who an edition goes to, and why not the others."""
