"""The installation: staff, the institute, rate limits, and sending that is stopped."""
