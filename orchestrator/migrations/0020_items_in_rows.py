from django.db import migrations

# Items of the multi-instances that run go into rows of their own; conditional events are found without a list.
ITEMS = """
INSERT INTO orchestrator_loopitem (process_instance_id, body, iteration, value)
SELECT e.process_instance_id, e.number, i.iteration, i.value
FROM orchestrator_elementinstance e
CROSS JOIN LATERAL jsonb_array_elements(e.loop->'items') WITH ORDINALITY AS i(value, iteration)
WHERE e.state = 'active' AND jsonb_typeof(e.loop->'items') = 'array'
AND i.iteration > coalesce((e.data->'progress'->>0)::int, (e.loop->>'started')::int, 0)
"""
# One that had enough handed out nothing more and kept no items.
ENOUGH = """
UPDATE orchestrator_elementinstance SET data = jsonb_set(data, '{progress,0}', loop->'size')
WHERE state = 'active' AND loop->'items' = '[]' AND data ? 'progress'
AND (data->'progress'->>0)::int < (loop->>'size')::int
"""
TIDY = """
UPDATE orchestrator_elementinstance SET loop = loop - 'items', data = data - 'conditions'
WHERE state = 'active' AND (loop ? 'items' OR scope IS NULL AND data ? 'conditions')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orchestrator", "0019_items_one_by_one_and_resources"),
    ]

    operations = [
        migrations.RunSQL([ITEMS, ENOUGH, TIDY], migrations.RunSQL.noop),
    ]
