"""A newsletter's schedule: its dates, those that are skipped or moved, and what is made when one comes."""
