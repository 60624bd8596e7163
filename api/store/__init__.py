"""Tables, transactions and the log, on an embedded SQLite file."""
