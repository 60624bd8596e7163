"""Keys of callers and the key of the log."""
