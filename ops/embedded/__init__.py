"""PostgreSQL, Redis and the platform's own processes, started from wheels and owned from start to stop."""
