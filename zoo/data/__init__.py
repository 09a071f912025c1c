"""Data: specifications, splits, sources and batches. Its modules are imported one by one; this file imports nothing."""
