"""What a finding is: a rule that is broken, where, and what to do about it."""
