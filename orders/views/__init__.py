"""What clients and staff see of orders."""
