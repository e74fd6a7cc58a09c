"""The comparisons, one module for each part of the cluster. Each has a function `check` of a context."""
