"""What every layer may speak of: settings, errors, logging, metrics, clock, ids, job kinds and media values."""
