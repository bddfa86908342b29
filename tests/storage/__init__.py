"""Tests of object storage and signatures."""
