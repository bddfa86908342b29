"""ffmpeg and ffprobe: what a source is, what is made of it, and whether it came out right. Knows no database and no storage."""
