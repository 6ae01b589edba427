"""What people fill in at the invoice desk."""
