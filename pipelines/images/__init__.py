"""Steps about pictures: those that people upload, and frames that they choose."""
