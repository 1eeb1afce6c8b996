"""A design of a newsletter's own: MJML with places for what the edition says (docs/designs.md)."""
