"""Services of others that the platform speaks to: mail; later payments and text messages."""
