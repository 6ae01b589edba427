"""What people fill in about accesses."""
