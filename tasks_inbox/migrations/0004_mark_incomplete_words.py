"""Open tasks have the words of their title only: the mark lets a search look at the variables themselves."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('tasks_inbox', '0003_saved_views'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE tasks_inbox_humantask SET search = search || array_to_tsvector(ARRAY['\u2026'])"
            " WHERE completed_at IS NULL AND search IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
