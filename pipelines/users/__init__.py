"""What jobs do for accounts."""
