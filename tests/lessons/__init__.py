"""What lessons are made of besides video: files, quizzes, assignments."""
