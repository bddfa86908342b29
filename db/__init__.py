"""PostgreSQL: models, migrations, sessions, the job tables' statements and all queries."""
