"""Parsers of what GPU and EFA tools print, each a small function from text to values."""
