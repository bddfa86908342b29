"""The page and the streams in a real browser, against a whole platform."""
