"""The pages of a newsletter: its settings, its schedule and its design."""
