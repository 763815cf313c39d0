"""An app of the tests' worker processes: work that is written down outside, and work that kills whoever does it."""
