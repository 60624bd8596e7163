"""What requests and answers hold, a resource a file."""
