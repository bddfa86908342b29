"""Steps that say things to people."""
