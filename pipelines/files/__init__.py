"""Steps about the files of lessons: what they really are, and their removal."""
