"""What expires and who is told; each desk registers what it watches."""
