"""The texts of the product in other languages: found in the sources, kept in locale/, compiled without gettext.

    python -m tests.messages           find the texts, keep what is translated, compile
    python -m tests.messages --check   say what is missing, write nothing

`locale/LANGUAGE/LC_MESSAGES/NAME.po` is edited by hand; the `.mo` beside it is compiled from it and committed too, so
that no machine needs a compiler to run the product. Domain `django` is for templates and Python,
`djangojs` for scripts.
"""
