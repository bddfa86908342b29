"""The steps of a video's way, one by one."""
