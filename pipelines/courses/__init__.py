"""Steps that keep courses true."""
