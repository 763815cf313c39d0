"""Who may see what, asked at every address."""
