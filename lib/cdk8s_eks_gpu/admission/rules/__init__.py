"""The rules of admission."""
