"""People's pages: their inbox, a task, what they may start, what they have asked for."""
