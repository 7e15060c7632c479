"""The store: the only room that knows SQL. Rows are translated at its edge."""
