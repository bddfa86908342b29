"""Captions as text: parsing, markup, segments, transcripts, chapters."""
