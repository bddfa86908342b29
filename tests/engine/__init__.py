"""The job engine on real PostgreSQL and Redis."""
