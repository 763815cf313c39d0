"""Files from a person's desk into a process and beside a task: chosen, dropped, previewed, taken away, sent."""

from __future__ import annotations

import base64
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import FilePayload, Page, expect

from orchestrator.models import Document, ProcessDefinition
from orchestrator.runtime import documents
from tasks_inbox import case_data
from tasks_inbox.models import HumanTask, TaskAttachment, TaskDraft
from tests.browser.conftest import Sitting
from tests.inbox import desk

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGPwWPwCK2IYlBIAuAl0wXCkCOsAAAAASUVORK5CYII="
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
ROWS = [{"name": f"Chair {number:02}", "price": number * 3 % 7} for number in range(1, 13)]
FORM: dict[str, Any] = {
    "type": "default",
    "id": "approval",
    "schemaVersion": 19,
    "components": [
        {"type": "filepicker", "key": "invoice", "label": "Invoice", "accept": ".pdf,image/*", "id": "a"},
        {"type": "filepicker", "key": "more", "label": "More files", "multiple": True, "id": "b"},
        {"type": "textfield", "key": "note", "label": "Note", "validate": {"required": True}, "id": "c"},
        {"type": "datetime", "subtype": "datetime", "key": "at", "dateLabel": "Day", "timeLabel": "Hour", "id": "d"},
        {
            "type": "select",
            "key": "town",
            "label": "Town",
            "searchable": True,
            "values": [{"value": "b", "label": "Berlin"}, {"value": "p", "label": "Paris"}],
            "id": "e",
        },
        {
            "type": "taglist",
            "key": "tags",
            "label": "Tags",
            "values": [{"value": str(n), "label": f"Tag {n}"} for n in range(12)],
            "id": "f",
        },
        {
            "type": "table",
            "label": "Chairs",
            "dataSource": "=rows",
            "rowCount": 5,
            "columns": [{"key": "name", "label": "Name"}, {"key": "price", "label": "Price"}],
            "id": "g",
        },
        {"type": "documentPreview", "label": "So far", "dataSource": "=known", "maxHeight": 200, "id": "h"},
        {
            "type": "dynamiclist",
            "path": "rows",
            "label": "Rows",
            "components": [{"type": "textfield", "key": "name", "label": "Chair", "id": "j"}],
            "id": "i",
        },
    ],
}


def a_file(name: str, content: bytes = PDF, kind: str = "application/pdf") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def drop(page: Page, area: str, *names: str) -> None:
    """Let files fall where they may be dropped."""
    page.evaluate(
        """([area, names]) => {
            const data = new DataTransfer();
            for (const name of names) data.items.add(new File([`text of ${name}`], name, { type: 'text/plain' }));
            const told = { dataTransfer: data, bubbles: true, cancelable: true };
            const place = document.querySelector(area);
            for (const kind of ['dragenter', 'dragover', 'drop']) place.dispatchEvent(new DragEvent(kind, told));
        }""",
        [area, list(names)],
    )


def an_order(orders: ProcessDefinition, key: str) -> HumanTask:
    """One whose case knows a picture already."""
    definition = desk.deploy_orders(form=FORM)
    task = desk.order(definition, key=key, rows=ROWS)
    alice = User.objects.get(username="alice")
    known = documents.store(PNG, "chair.png", by=alice, instance=task.process_instance)
    documents.keep(documents.reference(known), by=alice, instance=task.process_instance)
    other = desk.order(definition, key=f"{key}-2", rows=ROWS, known=[documents.reference(known)])
    known.process_instance = other.process_instance
    known.save(update_fields=["process_instance"])
    task.delete()
    return other


def test_files_are_chosen_dropped_kept_in_a_draft_and_sent(sit: Sitting, orders: ProcessDefinition) -> None:
    task = an_order(orders, "ORD-9")
    page = sit()
    page.goto(f"/tasks/{task.pk}/")
    form = page.locator("#task-form")
    expect(form.locator(".document img")).to_have_js_property("naturalWidth", 8)

    page.get_by_label("Invoice").set_input_files(a_file("notes.txt", b"x", "text/plain"))
    expect(form.locator(".field-error")).to_contain_text("“notes.txt” cannot be sent here. Choose one of: .pdf,image/*")
    page.get_by_label("Invoice").set_input_files(a_file("invoice.pdf"))
    expect(form.locator(".file-name", has_text="invoice.pdf")).to_be_visible()
    expect(form.locator(".field-error")).to_have_count(0)
    drop(page, "#task-form [data-drop]:has([name='f.more'])", "a.txt", "b.txt")
    expect(form.locator(".file-name", has_text="b.txt")).to_be_visible()
    page.get_by_role("button", name="Remove a.txt").click()
    expect(form.locator(".file-name", has_text="a.txt")).to_have_count(0)

    # Choices that are searched, a table in pages, a long list folded
    page.get_by_role("searchbox", name="Search in Tags").fill("11")
    expect(form.locator(".choice:visible")).to_have_count(1)
    page.get_by_label("Tag 11").check()
    page.get_by_label("Town").fill("Paris")
    expect(form.locator("tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Price").click()
    expect(form.locator("tbody tr").first).to_contain_text("Chair 07")
    for here in ("2 of 3", "3 of 3"):
        page.get_by_role("button", name="Next").click()
        expect(form.locator(".table-pages")).to_contain_text(here)
    expect(form.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_label("Town")).to_have_value("Paris")
    expect(form.locator(".list-item:visible")).to_have_count(5)
    page.get_by_text("7 more").click()
    expect(form.locator(".list-item:visible")).to_have_count(12)

    # What was typed and uploaded is there again after signing out
    page.get_by_label("Day").fill("2026-12-04")
    page.get_by_label("Note").fill("For the fourth floor")
    expect(page.locator("#draft-status")).to_contain_text("Draft saved")
    page.wait_for_timeout(1_700)
    assert TaskDraft.objects.get().data["fields"]["f.note"] == ["For the fourth floor"]
    page.context.clear_cookies()
    page = sit()
    page.goto(f"/tasks/{task.pk}/")
    expect(page.get_by_label("Note")).to_have_value("For the fourth floor")
    expect(page.locator(".file-name", has_text="invoice.pdf")).to_be_visible()
    expect(page.get_by_label("Tag 11")).to_be_checked()

    # An error stands at its field, and keeps everything
    page.get_by_label("Note").fill("")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".error-summary")).to_contain_text("Enter a date and a time")
    expect(page.get_by_label("Note")).to_have_attribute("aria-invalid", "true")
    for found in Axe().run(page).response["violations"]:
        raise AssertionError(f"{found['id']}: {found['help']} {[node['target'] for node in found['nodes']]}")
    page.get_by_label("Hour").fill("09:30")
    page.get_by_label("Note").fill("Now")
    page.wait_for_timeout(450)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#live")).to_contain_text("Approved.")
    data = case_data.variables(task.process_instance_id)
    assert [one["metadata"]["fileName"] for one in (*data["invoice"], *data["more"])] == ["invoice.pdf", "b.txt"]
    assert (data["town"], data["tags"], data["at"]) == ("p", ["11"], "2026-12-04T09:30+00:00")
    assert Document.objects.filter(kept_at=None).count() == 0

    page.goto(f"/cases/{task.process_instance_id}/")
    with page.expect_download() as saved:
        page.get_by_role("link", name="invoice.pdf", exact=True).click()
    assert saved.value.suggested_filename == "invoice.pdf"


def test_files_are_put_beside_a_task_with_and_without_script(sit: Sitting, orders: ProcessDefinition) -> None:
    task = desk.order(orders, key="ORD-8")
    page = sit()
    page.goto(f"/tasks/{task.pk}/")
    panel = page.locator("#attachments")
    page.get_by_label("Attach files").set_input_files([a_file("chair.png", PNG, "image/png"), a_file("offer.pdf")])
    expect(panel.locator(".file")).to_have_count(2)
    expect(panel.locator(".file-thumb")).to_have_js_property("naturalWidth", 8)
    expect(panel).to_contain_text("Alice Adams")
    drop(page, "#attachments", "notes.txt")
    expect(panel.locator(".file")).to_have_count(3)
    page.get_by_text("Attach an address instead").click()
    page.get_by_label("Address", exact=True).fill("https://wiki.example/chairs")
    panel.get_by_role("button", name="Attach", exact=True).click()
    expect(panel.locator(".file")).to_have_count(4)
    panel.get_by_role("button", name="Remove notes.txt").click()
    expect(panel.locator(".file")).to_have_count(3)
    page.get_by_label("Attach files").set_input_files(a_file("nothing.txt", b"", "text/plain"))
    expect(panel.get_by_role("alert")).to_contain_text("nothing.txt: The file is empty.")

    page = sit(width=390, dark=True, script=False)
    page.goto(f"/tasks/{task.pk}/")
    page.get_by_label("Attach files").set_input_files(a_file("plain.pdf"))
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.locator("#attachments .file")).to_have_count(4)
    assert sorted(TaskAttachment.objects.values_list("name", flat=True)) == [
        "chair.png",
        "https://wiki.example/chairs",
        "offer.pdf",
        "plain.pdf",
    ]
