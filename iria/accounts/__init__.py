"""The accounts of the staff: how they are invited, sign in, and get a new password. Readers have none."""
