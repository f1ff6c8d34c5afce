"""Benchmarks: ratios from interleaved rounds, medians with their count. `make bench` runs them all; none is a test."""
