"""What makes the environment on a bare machine."""
