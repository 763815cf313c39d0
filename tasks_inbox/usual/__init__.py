"""What usually happens next in a case, and how long that takes: from the cases of its process that are over."""

from tasks_inbox.usual.outlook import Outlook, outlook
from tasks_inbox.usual.past import FEWEST, Usual, usual

__all__ = ["FEWEST", "Outlook", "Usual", "outlook", "usual"]
