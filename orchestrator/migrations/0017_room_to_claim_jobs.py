"""A claimed job is the same row with a lease: with room on its page PostgreSQL writes no index entry for it, and what
is done is swept up before the head of the index grows long.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("orchestrator", "0016_requests_that_ended"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE orchestrator_job SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE orchestrator_job RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
    ]
