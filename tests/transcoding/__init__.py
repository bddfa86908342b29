"""Transcoding: sources, plans, chunks, audio, stills, playlists."""
