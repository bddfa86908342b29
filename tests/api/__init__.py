"""The HTTP API against real PostgreSQL, in process where that is enough and behind Granian where the server matters."""
