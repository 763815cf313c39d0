"""People's pages."""

from __future__ import annotations

from django.urls import path

from tasks_inbox.views import (
    absences,
    appearance,
    bulk,
    calendar,
    cases,
    catalogue,
    drawing,
    filtering,
    handbook,
    inbox,
    mail_links,
    notices,
    preferences,
    saved,
    tasks,
    team,
    teamwork,
)

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("tasks/", inbox.inbox_list, name="inbox_list"),
    path("tasks/bulk/", bulk.bulk, name="bulk"),
    path("filter/", filtering.filter_tasks, name="filter"),
    path("views/", saved.views, name="views"),
    path("views/counts/", saved.counts, name="views_counts"),
    path("views/usual/", saved.usual, name="views_usual"),
    path("views/<int:pk>/", saved.edit, name="view"),
    path("views/<int:pk>/delete/", saved.delete, name="view_delete"),
    path("views/<int:pk>/move/", saved.move, name="view_move"),
    path("settings/", preferences.preferences, name="preferences"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    *(
        path(f"tasks/<int:pk>/{word}/", tasks.operate, {"operation": word}, name=f"task_{word}")
        for word in ("claim", "release", "resume", "skip")
    ),
    path("tasks/<int:pk>/suspend/", tasks.suspend, name="task_suspend"),
    path("tasks/<int:pk>/complete/", tasks.complete, name="task_complete"),
    path("tasks/<int:pk>/fields/", tasks.fields, name="task_fields"),
    path("tasks/<int:pk>/draft/", tasks.draft, name="task_draft"),
    path("tasks/<int:pk>/comment/", tasks.comment, name="task_comment"),
    path("tasks/<int:pk>/read/", tasks.read, name="task_read"),
    path("tasks/<int:pk>/delegate/", tasks.delegate, name="task_delegate"),
    *(
        path(f"tasks/<int:pk>/{address}/", teamwork.act, {"word": word}, name=f"task_{word}")
        for word, address in teamwork.ADDRESSES.items()
    ),
    path("tasks/<int:pk>/undo/", teamwork.take_back, name="task_undo"),
    path("team/", team.overview, name="team"),
    path("team/export.csv", team.export, name="team_export"),
    path("team/<int:pk>/", team.person, name="team_person"),
    path("team/<int:pk>/act/", team.act, name="team_act"),
    path("upcoming/", absences.coming_up, name="upcoming"),
    path("absence/", absences.absences, name="absences"),
    path("absence/<int:pk>/end/", absences.end, name="absence_end"),
    path("tasks/<int:pk>/diagram/", tasks.diagram, name="task_diagram"),
    path("tasks/<int:pk>/diagram.xml", tasks.diagram_xml, name="task_diagram_xml"),
    path("start/", catalogue.catalogue, name="catalogue"),
    path("start/<str:key>/", catalogue.start_process, name="start_process"),
    path("start/<str:key>/fields/", catalogue.start_fields, name="start_fields"),
    path("processes/<str:key>/", handbook.process_handbook, name="process_handbook"),
    path("processes/<str:key>/picture.svg", handbook.process_picture, name="process_picture"),
    path("requests/", cases.my_requests, name="my_requests"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/diagram/", cases.case_diagram, name="case_diagram"),
    path("cases/<int:pk>/diagram.xml", cases.case_diagram_xml, name="case_diagram_xml"),
    path("drawing/form/", drawing.form, name="drawing_form"),
    path("drawing/choices/", drawing.choices, name="drawing_choices"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<str:secret>.ics", calendar.calendar_feed, name="calendar_feed"),
    path("notices/", notices.notices, name="notices"),
    path("notices/stop/<str:token>/", mail_links.stop, name="notices_stop"),
    path("decide/", mail_links.decide, name="decide"),
    path("decide/<str:token>/", mail_links.decide_from_mail, name="decide_from_mail"),
    path("theme/", appearance.set_theme, name="set_theme"),
]
