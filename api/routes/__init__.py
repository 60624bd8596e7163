"""Routes, a resource a file: HTTP in, a use case, HTTP out."""
