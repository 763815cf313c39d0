"""Forms that people fill in: a form-js schema becomes plain HTML on the server, and what comes back is checked by it.

`fill` puts data and what a person typed into a form and decides what of it they see and may write; `render` turns that
into fields for the templates; `submit` says what is taken, what is wrong with it, and what is refused.
"""

from tasks_inbox.forms.fill import Filled, fill
from tasks_inbox.forms.render import fields
from tasks_inbox.forms.schema import Form, read
from tasks_inbox.forms.shown import Field
from tasks_inbox.forms.submit import Submission, submission

__all__ = ["Field", "Filled", "Form", "Submission", "fields", "fill", "read", "submission"]
