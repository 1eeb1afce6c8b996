"""The demo institute of `make run`, and readers by the hundred thousand for load tests."""
