"""Tests of the embedded services, the supervisor and the command line."""
