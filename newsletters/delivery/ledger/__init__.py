"""What became of each mail: outcomes and reasons, the rows, the totals, and who was missed."""
