"""`aula demo`: the main job once, end to end, seen from outside through HTTP, then verified byte by byte."""
