"""What staff see of charges and bank files."""
