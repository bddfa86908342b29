"""Entry points of the job engine: dispatcher and worker units."""
