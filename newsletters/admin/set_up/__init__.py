"""From an empty installation to one that can send: a few steps, each on a page of its own, in any order."""
