"""What staff fill in about charges and bank files."""
