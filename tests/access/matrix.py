"""Who gets an answer: “method route object” -> the roles of `world.ROLES`. Without an object: whatever it is about.

Reviewed by hand; `test_matrix` measures every cell. An answer is not a yes: whoever may look at a task is told that
somebody was faster (409), or what is missing in the form (422).
"""

from __future__ import annotations

OPEN, SIGNED_IN, NOBODY = "everybody", "signed in", "nobody"

WORK = "candidate owner substitute"  # potential owners, and who acts for one
ADMINISTER = "administrator root"
LOOK = f"{WORK} stakeholder {ADMINISTER}"  # at a task
CASE = f"{LOOK} initiator auditor"  # at a case, and at what its process does
START = f"initiator {ADMINISTER}"

#: What one may do with a task -> who, while it is open; whoever completed it is answered once it is done.
OF_A_TASK: dict[str, str] = {
    "get task": LOOK,
    "post task_attach": LOOK,
    "get task_delegate": LOOK,
    "get task_diagram": LOOK,
    "get task_diagram_xml": LOOK,
    "get task_people": LOOK,
    "post task_claim": f"{WORK} {ADMINISTER}",
    "post task_comment": LOOK,
    "post task_complete": f"{WORK} {ADMINISTER}",
    "post task_delegate": LOOK,
    "post task_draft": WORK,
    "post task_fields": LOOK,
    "post task_read": LOOK,
    "post task_manage": NOBODY,  # an operation that there is not
    "get task_manage": f"stakeholder {ADMINISTER}",
    "post task_release": ADMINISTER,
    "post task_resume": LOOK,
    "post task_skip": LOOK,
    "post task_suspend": LOOK,
}
NOT_WHEN_DONE = {"post task_claim"}  # what only potential owners do

METHODS = ("get", "post")
HAND_ON = ("task_ask", "task_send_back")

ROWS: dict[str, str] = {
    # Without an account
    "get login": OPEN,
    "post login": OPEN,
    "get healthz": OPEN,
    "get readyz": OPEN,
    # One's own, whoever one is: what the pages hold is asked in test_content
    "get inbox": SIGNED_IN,
    "get inbox_list": SIGNED_IN,
    "get filter": SIGNED_IN,
    "get views": SIGNED_IN,
    "post views": SIGNED_IN,
    "get views_counts": SIGNED_IN,
    "post views_usual": SIGNED_IN,
    "get my_requests": SIGNED_IN,
    "get catalogue": SIGNED_IN,
    "get preferences": SIGNED_IN,
    "post preferences": SIGNED_IN,
    "post set_theme": SIGNED_IN,
    "get calendar": SIGNED_IN,
    "post calendar": SIGNED_IN,
    "get calendar_feed": NOBODY,  # an address that nobody has
    "get outbox": SIGNED_IN,
    "get outbox_body": NOBODY,  # a mail that there is not
    # Addresses in mails. What they hold is signed: tests/inbox/test_mail_links.py. A made-up one says only that it is.
    "get notices_stop": NOBODY,
    "post notices_stop": NOBODY,
    "post decide": OPEN,
    "get decide_from_mail": OPEN,
    "post webhook": NOBODY,  # a door that there is not; the signature is what opens one
    "post bulk_undo": NOBODY,  # nothing is named
    "post bulk": NOBODY,  # an operation that there is not
    "get absences": SIGNED_IN,
    "post absences": SIGNED_IN,
    "get upcoming": SIGNED_IN,
    "get notices": SIGNED_IN,
    "post notices": SIGNED_IN,
    # The people whom one leads
    "get team": "manager",
    "get team_export": "manager",
    "get team_person": "manager",
    "post team_act": NOBODY,  # an operation that there is not: test_team
    # An absence, a view of somebody
    "post absence_end": "owner manager root",
    "get view": "owner",
    "post view": "owner",
    "post view_delete": "owner",
    "post view_move": "owner",
    # Tasks
    **OF_A_TASK,
    **{f"{act} done": f"{who} former" for act, who in OF_A_TASK.items() if act not in NOT_WHEN_DONE},
    "post task_release claimed": f"owner substitute {ADMINISTER}",
    "post task_undo": f"{WORK} {ADMINISTER}",
    "post task_undo done": f"{WORK} former {ADMINISTER}",
    **{f"{method} {route}": f"{WORK} {ADMINISTER}" for method in METHODS for route in HAND_ON},
    **{f"{method} {route} claimed": f"owner substitute {ADMINISTER}" for method in METHODS for route in HAND_ON},
    **{f"{method} {route} done": NOBODY for method in METHODS for route in HAND_ON},
    **{f"{method} task_redo {state}": NOBODY for method in METHODS for state in ("open", "claimed")},
    **{f"{method} task_redo done": ADMINISTER for method in METHODS},
    **{f"{method} task_manage done": NOBODY for method in METHODS},
    **{f"{method} task_subtask {state}": NOBODY for method in METHODS for state in ("open", "done")},
    **{f"{method} task_subtask claimed": f"owner substitute {ADMINISTER}" for method in METHODS},
    **{f"{method} task_approver": NOBODY for method in METHODS},  # none of the tasks has several
    # What is beside the claimed task, and a document of its case
    "get attachment": LOOK,
    "get attachment_preview": LOOK,
    "post attachment_delete": f"owner {ADMINISTER}",
    "get document": CASE,
    "get document_preview": CASE,
    "get form_frame": NOBODY,  # an address that was made for nobody
    # Cases and processes
    "get case": CASE,
    "get case_related": CASE,
    "get case_diagram": CASE,
    "get case_diagram_xml": CASE,
    **{f"get {route} done": f"{CASE} former" for route in ("case", "case_related", "case_diagram", "case_diagram_xml")},
    "get process_handbook": f"{CASE} former",
    "get process_picture": f"{CASE} former",
    "get start_process": START,
    "post start_process": START,
    "post start_fields": START,
    # For who draws
    "get drawing_choices": "root",
    "post drawing_form": "root",
}
