"""Tests of the gateways: real adapters against real servers on loopback."""
