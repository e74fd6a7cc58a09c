"""A report for people and for pipelines."""
