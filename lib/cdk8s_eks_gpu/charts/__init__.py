"""Pinned Helm charts become manifests once, by command; synthesis reads them from the store."""
