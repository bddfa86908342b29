"""The corpus of bad and strange uploads, and the test that each comes to its end."""
