"""House rules as code; `make check` runs them."""
