"""Cases written by hand: what users write, and what was once predicted wrongly."""
