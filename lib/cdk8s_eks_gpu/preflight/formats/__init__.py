"""A report, written for its reader: a person, a program, or a CI system."""
