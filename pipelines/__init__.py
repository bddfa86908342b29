"""What jobs do, step by step; the API cannot see this package."""
