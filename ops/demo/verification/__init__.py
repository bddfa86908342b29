"""Checks a published stream from outside: only HTTP, ffprobe and ffmpeg; imports nothing of the platform."""
