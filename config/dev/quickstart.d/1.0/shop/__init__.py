"""A small shop: what an application with a database looks like."""
