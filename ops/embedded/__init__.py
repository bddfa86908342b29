"""PostgreSQL, Redis and the platform's own processes on one machine, owned from start to stop."""
