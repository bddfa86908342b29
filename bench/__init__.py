"""Benchmarks: `python -m bench` (or `make bench`) measures everything side by side in one run."""
