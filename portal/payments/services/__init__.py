"""What is done with charges, slips and bank files. Each service is atomic and audited."""
