"""One file a change of tables, in order of its number."""
