"""An administrator helps running instances: tokens are moved on the diagram, and a batch shows how far it is."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from orchestrator.models import Batch, ProcessDefinition, ProcessInstance
from orchestrator.runtime import batches
from tests.browser.conftest import Sitting
from tests.inbox import desk


def test_a_token_is_moved_by_two_clicks_and_a_batch_ends_before_the_eyes(
    sit: Sitting, orders: ProcessDefinition
) -> None:
    User.objects.create_superuser("root", password="secret")
    task = desk.order(orders)
    desk.order(orders, key="ORD-2")
    page = sit(user="root")
    page.goto(reverse("admin:orchestrator_processinstance_change", args=[task.process_instance_id]))
    expect(page.get_by_role("heading", name="Why it waits")).to_be_visible()
    page.get_by_role("link", name="Move its tokens").click()
    page.locator(f'[data-element-id="{task.element}"] .djs-hit').first.click(force=True)
    chosen = page.locator(f'[data-standing="{task.element}"] select')
    expect(chosen).to_be_focused()
    end = next(value for value in _values(chosen) if value and value != task.element and value in _drawn(page))
    page.locator(f'[data-element-id="{end}"] .djs-hit').first.click(force=True)
    expect(chosen).to_have_value(end)
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("are moved.")).to_be_visible()

    page.goto(reverse("admin:orchestrator_batch_add"))
    page.get_by_label("Process:").select_option(orders.key)
    page.get_by_label("Business key:").fill("ORD-2")
    page.get_by_label("Operation:").select_option("cancel")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Running: 0 of 1")).to_be_visible()
    batches.run()
    expect(page.get_by_role("heading", name="Done: 1 of 1")).to_be_visible()
    assert Batch.objects.get().state == Batch.State.DONE
    assert ProcessInstance.objects.get(business_key="ORD-2").state == ProcessInstance.State.TERMINATED


def _values(choice: Locator) -> list[str]:
    return [str(option.get_attribute("value")) for option in choice.locator("option").all()]


def _drawn(page: Page) -> set[str]:
    return {str(shape.get_attribute("data-element-id")) for shape in page.locator(".djs-shape").all()}
