"""How the pages of Django's administration write dates, by language: as ours do."""
