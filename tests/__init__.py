"""Tests, by part; what they share is in tests/support."""
