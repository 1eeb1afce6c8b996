"""Proof of one person's consent, to print, to hand over or to send to an authority: as a PDF, or as JSON."""
