"""Read queries by slice; the only place that selects for anyone outside `domain`."""
