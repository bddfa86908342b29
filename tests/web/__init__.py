"""What of web/ can be tested without a browser."""
