"""Routes by slice; each module exports `ROUTES`."""
