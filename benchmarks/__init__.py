"""Benchmarks: each script measures against a named reference in the same run (see README.md)."""
