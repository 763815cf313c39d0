"""Drawing in a real browser: problems while drawing, drafts that save themselves, deploying, the policy of the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from orchestrator.models import DecisionDefinition, Draft, FormDefinition, ProcessDefinition
from orchestrator.runtime import definitions, execution
from orchestrator.runtime.deployment import deploy
from tests.browser.conftest import PATIENCE, _let_the_server_finish
from tests.browser.visit import signed_in

ROOT = Path(__file__).resolve().parents[2]
MIWG = ROOT.parent / "shared" / "suites" / "miwg"

Drawing = Callable[..., Page]


@pytest.fixture
def alice(transactional_db: None) -> Iterator[User]:
    definitions.forget()
    yield User.objects.create_superuser("alice", password="secret", first_name="Alice", last_name="Adams")
    definitions.forget()


@pytest.fixture
def bob(transactional_db: None) -> User:
    return User.objects.create_superuser("bob", password="secret", first_name="Bob", last_name="Brown")


@pytest.fixture
def draw(browser: Browser, live_server: Any, alice: User) -> Iterator[Drawing]:
    """Somebody opens a designer: draw("bpmn"), draw(url=..., who=bob). At the end the policy refused nothing."""
    contexts: list[BrowserContext] = []
    refused: list[str] = []
    broken: list[str] = []

    def open_page(kind: str = "bpmn", *, url: str = "", dark: bool = False, who: User = alice) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": 1440, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = signed_in(context, who.username)
        page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        visit(page, url or reverse("admin:orchestrator_designer_new", args=[kind]))
        return page

    yield open_page
    for context in contexts:
        context.close()
    _let_the_server_finish()
    assert refused == []
    assert broken == []


def sign_in(page: Page, username: str) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")


def visit(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("body[data-ready]")).to_be_visible()


def append(page: Page, name: str) -> None:
    """By keyboard: A opens the menu of what may follow the chosen element; search, Enter on what is found."""
    shapes = page.locator("[data-canvas] .djs-shape:not(.djs-label)")
    before = shapes.count()
    page.keyboard.press("a")
    expect(page.locator(".djs-popup-search input")).to_be_focused()
    page.keyboard.type(name)
    expect(page.locator(".djs-popup .entry.selected")).to_have_text(re.compile(rf"^\s*{name}\s*$", re.IGNORECASE))
    page.keyboard.press("Enter")
    expect(page.locator(".djs-popup")).to_have_count(0)
    expect(shapes).to_have_count(before + 1)


def name_it(page: Page, name: str) -> None:
    """What was just appended: its field is open, once it is there. Then the canvas hears the keys again."""
    field = page.locator(".djs-direct-editing-content")
    expect(field).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(field).to_have_count(0)
    expect(page.locator("[data-canvas] svg[tabindex]")).to_be_focused()


def element(page: Page, text: str) -> Locator:
    return page.locator("[data-canvas] .djs-shape:not(.djs-label)").filter(has_text=text).first


def rename(page: Page, text: str, new: str) -> None:
    element(page, text).dblclick()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(new)
    page.keyboard.press("ControlOrMeta+Enter")


def saved(page: Page, who: str = "Alice Adams") -> None:
    expect(page.locator("[data-status]")).to_contain_text(re.compile(f"Draft saved .* by {who}"))


def problems(page: Page) -> Locator:
    return page.locator("[data-problem-list] button")


def drawing_of(definition: ProcessDefinition | DecisionDefinition | FormDefinition) -> str:
    return reverse("admin:orchestrator_designer_from", args=[definition.resource_id])


@pytest.fixture
def review(alice: User) -> ProcessDefinition:
    files = {path.name: path.read_bytes() for path in [ROOT / "tests" / "diagrams" / "review.bpmn"]}
    return deploy(files, by=alice).new[0]  # type: ignore[return-value]


def test_a_process_is_drawn_judged_saved_and_deployed(draw: Drawing, alice: User) -> None:
    page = draw("bpmn")
    page.locator('.djs-element[data-element-id^="StartEvent"]').click()
    append(page, "user task")
    name_it(page, "Check it")
    append(page, "service task")
    page.keyboard.press("Escape")

    expect(problems(page).first).to_contain_text("The task does nothing")
    expect(page.locator(".problem-badge").first).to_be_visible()
    page.locator("[data-canvas] .djs-container > svg").click(position={"x": 700, "y": 80})
    expect(page.locator(".djs-element.selected")).to_have_count(0)
    problems(page).first.click()
    expect(page.locator(".djs-element.selected")).to_have_attribute("data-element-id", re.compile("^Activity"))
    page.locator("[data-canvas] .djs-container > svg").focus()
    page.keyboard.press("Delete")
    expect(problems(page)).to_have_count(0)
    expect(page.locator(".problem-badge")).to_have_count(0)
    expect(page.locator("[data-problems-title]")).to_contain_text("No problems")

    element(page, "Check it").click()
    append(page, "end event")
    page.keyboard.press("Escape")
    saved(page)
    assert "Check it" in Draft.objects.get().content

    page.get_by_role("button", name="Deploy…").click()
    expect(page.locator("[data-since]")).to_contain_text("first version")
    page.get_by_label("Note").fill("First drawing")
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.locator("[data-deployed-message]")).to_contain_text("New process, version 1 is deployed.")
    definition = ProcessDefinition.objects.get()
    assert definition.resource.deployment.note == "First drawing"
    assert not Draft.objects.exists()

    instance = execution.start(definition, {}, by=alice)
    waiting = instance.element_instances.get(state="active", element_type="userTask")
    assert waiting.element.startswith("Activity")
    page.get_by_role("link", name="Look at it").click()
    page.wait_for_url(f"**/processdefinition/{definition.pk}/change/")


def test_what_is_drawn_survives_the_page_and_the_next_version_shows_its_difference(
    draw: Drawing, review: ProcessDefinition
) -> None:
    page = draw(url=drawing_of(review))
    assert not Draft.objects.exists()
    rename(page, "Review", "Look twice")
    saved(page)
    page.reload()
    expect(page.locator("body[data-ready]")).to_be_visible()
    expect(element(page, "Look twice")).to_be_visible()

    page.get_by_role("button", name="Deploy…").click()
    expect(page.locator("[data-changes] .changed")).to_contain_text("user task “Look twice”")
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.locator("[data-deployed-message]")).to_contain_text("version 2 is deployed")

    page.get_by_role("button", name="Keep drawing").click()
    rename(page, "Look twice", "Look again")
    saved(page)
    draft = Draft.objects.get()
    assert draft.base_id == ProcessDefinition.objects.get(version=2).resource_id
    assert page.url.endswith(reverse("admin:orchestrator_designer", args=[draft.pk]))


def test_a_diagram_with_problems_is_not_deployed(draw: Drawing, review: ProcessDefinition) -> None:
    page = draw(url=drawing_of(review))
    element(page, "Review").click()
    append(page, "service task")
    page.keyboard.press("Escape")
    expect(problems(page).first).to_contain_text("The task does nothing")
    page.get_by_role("button", name="Deploy…").click()
    expect(page.locator("[data-changes] .added").first).to_contain_text("service task")
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.locator("[data-refused]")).to_contain_text("Nothing was deployed")
    assert ProcessDefinition.objects.count() == 1
    saved(page)


def test_two_people_at_once_lose_nothing(draw: Drawing, review: ProcessDefinition, bob: User) -> None:
    first = draw(url=drawing_of(review))
    rename(first, "Review", "By Alice")
    saved(first)
    second = draw(url=reverse("admin:orchestrator_designer", args=[Draft.objects.get().pk]), who=bob)
    rename(second, "By Alice", "By Bob")
    saved(second, "Bob Brown")

    rename(first, "By Alice", "Alice again")
    conflict = first.get_by_role("dialog")
    expect(conflict).to_contain_text("Bob Brown saved this draft on")
    conflict.get_by_role("button", name="Save mine as a copy").click()
    saved(first)
    contents = [draft.content for draft in Draft.objects.order_by("pk")]
    assert ["By Bob" in content for content in contents] == [True, False]
    assert ["Alice again" in content for content in contents] == [False, True]

    rename(second, "By Bob", "Bob himself")
    saved(second, "Bob Brown")
    visit(first, reverse("admin:orchestrator_designer", args=[Draft.objects.order_by("pk")[0].pk]))
    expect(element(first, "Bob")).to_be_visible()


def test_without_a_connection_nothing_is_lost(draw: Drawing, review: ProcessDefinition) -> None:
    page = draw(url=drawing_of(review))
    page.context.set_offline(True)
    rename(page, "Review", "Drawn in a tunnel")
    failure = page.locator("[data-failure]")
    expect(failure).to_contain_text("Not saved: The server cannot be reached. What you drew is still here.")
    expect(page.locator("[data-problems-title]")).to_contain_text("not known")
    page.context.set_offline(False)
    saved(page)
    expect(failure).to_be_hidden()
    assert "Drawn in a tunnel" in Draft.objects.get().content


def test_who_is_signed_out_is_told_and_goes_on(draw: Drawing, review: ProcessDefinition) -> None:
    page = draw(url=drawing_of(review))
    page.context.clear_cookies()
    rename(page, "Review", "Too late in the evening")
    expect(page.locator("[data-failure]")).to_contain_text("You are signed out: sign in again in another tab.")
    other = page.context.new_page()
    sign_in(other, "alice")
    saved(page)
    assert "Too late in the evening" in Draft.objects.get().content


def test_a_draft_is_discarded(draw: Drawing, review: ProcessDefinition) -> None:
    page = draw(url=drawing_of(review))
    rename(page, "Review", "Never mind")
    saved(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard").click()
    page.wait_for_url("**/draft/")
    assert not Draft.objects.exists()
    visit(page, drawing_of(review))
    expect(element(page, "Review")).to_be_visible()


def test_menus_offer_what_executes(draw: Drawing) -> None:
    page = draw("bpmn")
    page.locator('.djs-element[data-element-id^="StartEvent"]').click()
    page.keyboard.press("r")
    entries = page.locator(".djs-popup .entry")
    expect(entries.filter(has_text="Timer start event")).to_have_count(1)
    expect(entries.filter(has_text="Error start event")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator('.djs-element[data-element-id^="StartEvent"]').click()
    page.keyboard.press("a")
    expect(entries.filter(has_text="User task")).to_have_count(1)
    expect(entries.filter(has_text="Compensation start event")).to_have_count(0)


def test_expressions_are_completed_with_the_functions_of_the_engine(draw: Drawing, review: ProcessDefinition) -> None:
    page = draw(url=drawing_of(review))
    element(page, "Review").click()
    page.locator('[data-group-id="group-assignmentDefinition"] .bio-properties-panel-group-header').click()
    panel = page.locator("[data-properties]")
    panel.locator('[data-entry-id="assignmentDefinitionAssignee"] .bio-properties-panel-feel-icon').click()
    panel.locator('[data-entry-id="assignmentDefinitionAssignee"] .cm-content').click()
    options = page.locator(".cm-tooltip-autocomplete li")
    page.keyboard.type("concat")
    expect(options.first).to_contain_text("concatenate")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("fromAi")  # known to the editor, not to the engine
    expect(options).to_have_count(0)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("1 +")
    expect(problems(page).first).to_contain_text("assignee", ignore_case=True)
    expect(page.locator("[data-properties]")).not_to_contain_text("Camunda")


def test_a_connector_is_chosen_and_filled_in(draw: Drawing, review: ProcessDefinition) -> None:
    deploy({"robot.rpa": b'{"id": "robot", "name": "Robot", "versionTag": "1.0"}'}, by=None)
    page = draw(url=drawing_of(review))
    element(page, "Review").click()
    append(page, "service task")
    page.keyboard.press("Escape")
    expect(problems(page).first).to_contain_text("choose a connector")
    panel = page.locator('[data-group-id="group-connector"]')
    panel.get_by_label("Connector", exact=True).select_option(label="HTTP request")
    panel.get_by_label("Method").select_option("POST")
    url = panel.locator('[data-entry-id="connector-url"]').get_by_role("textbox")
    url.fill("https://example.com/orders")
    expect(page.locator("[data-problem-list]")).not_to_contain_text("choose a connector")
    saved(page)
    content = Draft.objects.get().content
    assert '<zeebe:taskDefinition type="http" />' in content
    assert '<zeebe:input source="https://example.com/orders" target="url" />' in content
    assert '<zeebe:input source="POST" target="method" />' in content
    page.get_by_role("button", name="Undo").click()
    expect(url).to_have_value("")
    expect(panel.get_by_label("Method")).to_have_value("POST")
    _link_a_file(page)


def _link_a_file(page: Page) -> None:
    """The task that is chosen links a file that is deployed, in the version with a tag."""
    files = page.locator('[data-group-id="group-linked"]')
    files.get_by_title("Create new list item").click()
    files.get_by_label("File, from those that are deployed").select_option(label="Robot (robot)")
    files.get_by_label("Type").fill("RPA")
    files.get_by_label("Version", exact=True).select_option(label="The latest with a version tag")
    files.get_by_label("Version tag").fill("1.0")
    page.keyboard.press("Tab")
    saved(page)
    linked = '<zeebe:linkedResource resourceId="robot" resourceType="RPA" linkName="file1" bindingType="versionTag"'
    assert f'{linked} versionTag="1.0" />' in Draft.objects.get().content


def test_a_decision_is_drawn_and_deployed(draw: Drawing) -> None:
    page = draw("dmn")
    page.locator("td.add-rule-add, .add-rule").first.click()
    cell = page.locator("td.input-cell").first
    cell.click()
    page.keyboard.type("1 +")
    page.locator("td.output-cell").first.click()
    page.keyboard.type('"yes"')
    expect(problems(page)).not_to_have_count(0)
    problems(page).first.click()
    cell.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type('"a"')  # over a selection: what browsers do then is nothing for the policy
    expect(problems(page)).to_have_count(0)
    page.get_by_role("button", name="Requirements").click()
    expect(page.locator(".dmn-drd-container .djs-shape")).not_to_have_count(0)
    expect(page.locator("[data-properties]")).to_be_visible()
    page.get_by_role("button", name="Deploy…").click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.locator("[data-deployed-message]")).to_contain_text("version 1 is deployed")
    assert DecisionDefinition.objects.count() == 1


def test_a_form_is_drawn_and_deployed(draw: Drawing) -> None:
    page = draw("form")
    palette = page.locator(".fjs-palette-field")
    expect(palette.filter(has_text="Number")).to_have_count(1)
    expect(palette.filter(has_text="File picker")).to_be_visible()
    page.locator(".fjs-element[data-field-type=textfield], [data-id^=Field]").first.click()
    page.locator('[data-group-id="group-general"] .bio-properties-panel-group-header').click()
    key = page.locator('[data-entry-id="key"] input')
    key.fill("reason")
    saved(page)
    page.locator("[data-canvas]").evaluate(  # the panel itself refuses such a key
        """({ editor }) => editor.get('modeling').editFormField(
            editor.get('formFieldRegistry').getAll().find(field => field.key === 'reason'), 'key', 'not a key')"""
    )
    expect(problems(page)).to_contain_text("The key “not a key” is none")
    page.get_by_role("button", name="Undo").click()
    expect(problems(page)).to_have_count(0)
    saved(page)
    page.get_by_role("button", name="Deploy…").click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.locator("[data-deployed-message]")).to_contain_text("version 1 is deployed")
    assert FormDefinition.objects.count() == 1


@pytest.mark.parametrize("kind", ["bpmn", "dmn", "form"])
def test_nothing_covers_the_mark_of_the_editors_and_the_canvas_is_white_in_the_dark(draw: Drawing, kind: str) -> None:
    page = draw(kind, dark=True)
    page.get_by_role("button", name="Deploy…").click()
    expect(page.locator("[data-since]")).to_contain_text("first version")
    mark = page.locator(".bjs-powered-by, .fjs-powered-by").first
    expect(mark).to_be_visible()
    topmost = mark.evaluate(
        """mark => { const { x, y, width, height } = mark.getBoundingClientRect();
        return [[x + 2, y + 2], [x + width - 2, y + height - 2], [x + width / 2, y + height / 2]]
            .every(([a, b]) => mark.contains(document.elementFromPoint(a, b))); }"""
    )
    assert topmost
    assert page.locator("[data-canvas]").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    around = {"exclude": [["[data-canvas]"], ["[data-properties]"]]}  # what the editors draw is theirs
    assert Axe().run(page, context=around).response["violations"] == []
    assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(15, 18, 23)"


def test_every_model_of_the_interchange_suite_is_opened(draw: Drawing, alice: User) -> None:
    models = sorted(MIWG.glob("*.bpmn"))
    if not models:
        pytest.skip("the models of the BPMN Model Interchange Working Group are not here")
    page = draw("bpmn")
    for model in models:
        draft = Draft.objects.create(kind="bpmn", name=model.name, content=model.read_text("utf-8-sig"))
        page.goto(reverse("admin:orchestrator_designer", args=[draft.pk]))
        expect(page.locator("[data-problems-title]"), model.name).to_contain_text(re.compile("problem", re.IGNORECASE))
        expect(page.locator("[data-failure]"), model.name).to_be_hidden()
        expect(page.locator("[data-canvas] .djs-shape").first, model.name).to_be_visible()
