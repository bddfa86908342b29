"""The lecture clip that the demo renders when it is given no file: slides with a voice-like sound."""
