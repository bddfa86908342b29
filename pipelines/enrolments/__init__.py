"""Steps that follow an enrolment."""
