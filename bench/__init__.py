"""Workloads and side-by-side runs. `make bench` runs them all; figures come with the facts of the machine."""
