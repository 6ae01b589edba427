"""What is done with orders. Each service is atomic and leaves a trace."""
