"""From an empty canvas to a case in the inbox: drawn by mouse and keyboard, tried, saved as a test, deployed, run."""

from __future__ import annotations

import json
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from django.urls import reverse
from playwright.sync_api import Page, expect

from orchestrator.models import Draft, ProcessDefinition, ProcessInstance, ProcessTest
from tasks_inbox.models import EscalationPolicy, HumanTask
from tests.browser.test_designer import (  # noqa: F401
    Drawing,
    alice,
    append,
    draw,
    element,
    name_it,
    problems,
    saved,
    visit,
)
from tests.process_tests.build import catch, chain, flow, process, service, timer

ROOT = Path(__file__).resolve().parents[2]
FORM = {
    "type": "default",
    "id": "request",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "id": "a", "key": "what", "label": "What", "validate": {"required": True}},
        {"type": "number", "id": "b", "key": "price", "label": "Price", "conditional": {"hide": '=what = "nothing"'}},
    ],
}


def group(page: Page, name: str) -> None:
    """Open a group of the properties panel."""
    page.locator(f'[data-group-id="group-{name}"] > .bio-properties-panel-group-header').click()


def in_panel(page: Page, entry: str) -> Page:
    return page.locator(f'[data-properties] [data-entry-id="{entry}"]')  # type: ignore[return-value]


def test_drawn_from_nothing_tried_saved_as_a_test_deployed_and_done_in_the_inbox(
    draw: Drawing,  # noqa: F811
    alice: User,  # noqa: F811
) -> None:
    finance = Group.objects.create(name="Finance")
    User.objects.create_user("fred", password="secret", first_name="Fred").groups.add(finance)
    EscalationPolicy.objects.create(name="Urgent")
    Draft.objects.create(kind="form", name="Request form", content=json.dumps(FORM))
    page = draw("bpmn")

    # Drawn: a user task with its people, buttons, form and deadline, without a word of XML.
    page.locator('.djs-element[data-element-id^="StartEvent"]').click()
    append(page, "user task")
    name_it(page, "Decide")
    append(page, "end event")
    page.keyboard.press("Escape")
    element(page, "Decide").click()
    group(page, "outcomes")
    for _ in range(2):
        page.locator('[data-group-id="group-outcomes"] .bio-properties-panel-add-entry').click()
    expect(page.locator('[data-group-id="group-outcomes"]')).to_contain_text("Reject (needs a comment)")
    group(page, "assignmentDefinition")
    page.get_by_label("Add a group").fill("Finance")
    page.get_by_label("Add a person who may not do it").press_sequentially("alice", delay=60)
    expect(in_panel(page, "human-excludedUsers").get_by_role("textbox")).to_have_value("alice")
    group(page, "form")
    page.get_by_label("Form, from those that there are").select_option("request")
    expect(page.get_by_role("link", name="Open the form")).to_have_attribute("href", re.compile("/draft/"))
    group(page, "deadlines")
    page.get_by_label("Escalation policy").select_option("Urgent")
    expect(page.get_by_role("link", name="Open the policy")).to_have_attribute("href", re.compile("escalationpolicy"))
    saved(page)
    drawn = Draft.objects.get(kind="bpmn").content
    assert 'name="outcomes" value="approve=Approve; reject=Reject!"' in drawn
    assert 'candidateGroups="Finance"' in drawn
    assert 'name="excludedUsers" value="alice"' in drawn
    assert 'name="escalation" value="Urgent"' in drawn
    # Its form is a draft as well: that is told while drawing, and both go up together.
    expect(problems(page)).to_have_count(1)
    expect(problems(page)).to_contain_text("There is no form request")

    # Tried: the real form, the real engine.
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".run-state")).to_contain_text("Under way")
    token = page.locator(".run-badge-token")
    expect(token).to_have_text("1")
    page.get_by_role("button", name="Fill in and complete").click()
    form = page.frame_locator(".form-frame")
    form.get_by_label("Done by").fill("fred")
    form.get_by_role("button", name="Approve").click()
    expect(form.locator(".error-summary")).to_contain_text("What")
    form.get_by_label("What").fill("nothing")
    form.get_by_label("What").press("Tab")
    expect(form.get_by_label("Price")).to_have_count(0)  # the form answers as it will in the inbox
    form.get_by_label("What").fill("a chair")
    form.get_by_label("What").press("Tab")
    form.get_by_label("Price").fill("99.90")
    form.get_by_role("button", name="Approve").click()
    expect(page.locator(".run-state")).to_contain_text("Completed")
    expect(page.locator(".scopes")).to_contain_text("99.90")
    expect(page.locator(".moments li").first).to_contain_text("fred completes Decide: approve")
    expect(page.locator(".djs-element.run-done")).to_have_count(3)
    page.get_by_role("button", name="Take back").click()
    expect(token).to_have_text("1")
    page.get_by_role("button", name="Fill in and complete").click()
    form.get_by_label("Done by").fill("fred")
    form.get_by_label("What").fill("a table")
    form.get_by_role("button", name="Approve").click()
    expect(page.locator(".run-state")).to_contain_text("Completed")
    page.get_by_role("button", name="Save as test…").click()
    page.get_by_label("What happens in this test").fill("A table is approved")
    page.get_by_role("button", name="Save the test").click()
    expect(page.locator("[data-saving]")).to_contain_text("Saved")
    assert '"what":"a table"' in ProcessTest.objects.get().content
    assert not ProcessInstance.objects.exists()

    # Tested: green while it holds, with a sentence when it does not.
    page.get_by_role("button", name="Tests").click()
    expect(page.locator("[data-testing] .run-state")).to_contain_text("The one test passes")
    expect(page.locator(".coverage")).to_contain_text("100 % of the elements")
    expect(page.locator(".djs-element.run-reached")).to_have_count(5)
    page.locator("[data-canvas]").evaluate(
        """({ modeler }) => { const task = modeler.get('elementRegistry').find(e => e.type === 'bpmn:UserTask');
        modeler.get('modeling').updateModdleProperties(task, task.businessObject.extensionElements.values
            .find(each => each.$type === 'zeebe:Properties').properties.find(({ name }) => name === 'outcomes'),
            { value: 'fine=Fine' }); }"""
    )
    expect(page.locator("[data-testing] .run-state")).to_contain_text("1 of 1 test failed")
    expect(page.locator(".tests .failed")).to_contain_text("has no outcome “approve”; its outcomes are: fine")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-testing] .run-state")).to_contain_text("The one test passes")

    # Deployed, with its form, and with those who may start it.
    page.get_by_role("button", name="Deploy…").click()
    expect(page.locator("[data-tested]")).to_contain_text("Its test passes.")
    expect(page.get_by_label("Request form (form)")).to_be_checked()
    page.get_by_text("Who may start it").click()
    page.get_by_label("Finance").check()
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.locator("[data-deployed-message]")).to_contain_text(
        "Request form".replace(" form", ""), ignore_case=True
    )
    definition = ProcessDefinition.objects.get()
    assert not Draft.objects.exists()

    # Done, by somebody who has never seen a designer.
    context = page.context.browser.new_context(base_url=page.url.split("/admin")[0])  # type: ignore[union-attr]
    desk = context.new_page()
    desk.goto("/login/")
    desk.get_by_label("User name").fill("fred")
    desk.get_by_label("Password").fill("secret")
    desk.get_by_role("button", name="Log in").click()
    desk.wait_for_url("**/")
    desk.goto(reverse("start_process", args=[definition.key]))
    desk.get_by_role("button", name="Start", exact=True).click()
    desk.wait_for_url("**/cases/**")
    desk.goto(reverse("task", args=[HumanTask.objects.get().pk]))
    desk.get_by_label("What").fill("a chair")
    desk.get_by_role("button", name="Approve").first.click()
    expect(desk.locator("body")).not_to_contain_text("a chair")
    for _ in range(50):
        if ProcessInstance.objects.get().state == "completed":
            break
        desk.wait_for_timeout(100)
    assert ProcessInstance.objects.get().state == "completed"
    context.close()


ORDERS = process(
    service("charge", "http", retries=2, inputs='<zeebe:input source="=amount * 2" target="body" />'),
    timer("late", "PT2H", "charge"),
    catch("wait", '<bpmn:messageEventDefinition messageRef="m" />'),
    '<bpmn:endEvent id="given_up" />',
    chain("start", "charge", "wait", "end") + flow("late", "given_up"),
)


def test_jobs_time_messages_and_incidents_are_played_and_taken_back(draw: Drawing, alice: User) -> None:  # noqa: F811
    page = draw("bpmn")
    draft = Draft.objects.create(kind="bpmn", name="Orders", content=with_pictures(ORDERS))
    visit(page, reverse("admin:orchestrator_designer", args=[draft.pk]))
    page.get_by_role("button", name="Try it").click()
    state, said = page.locator(".run-state"), page.locator("[data-trying-said]")
    values = page.get_by_label("Variables", exact=True)
    values.fill('{"amount": }')
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("[data-trying-body]")).to_contain_text("This is no JSON")
    values.fill('{"order": "A-1"}')
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".run-badge-warning")).to_have_attribute("title", re.compile("amount"))
    page.get_by_role("button", name="Start again").click()
    values.fill('{"amount": 21.50, "order": "A-1"}')
    page.get_by_role("button", name="Start", exact=True).click()

    around = {"exclude": [["[data-canvas]"], ["[data-properties]"]]}  # what the editors draw is theirs
    assert Axe().run(page, context=around).response["violations"] == []

    job = page.locator("[data-card=charge]").first
    expect(job).to_contain_text("43.00")  # what it would be sent
    job.get_by_text("It fails", exact=True).click()
    job.get_by_role("button", name="This attempt fails").click()
    expect(job).to_contain_text("tried again in PT5S")
    job.get_by_role("button", name="Let PT5S pass").click()
    job.get_by_text("It fails", exact=True).click()
    job.get_by_role("button", name="It fails for good").click()
    expect(state).to_contain_text("incident")
    expect(page.locator(".run-badge-incident")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(state).to_contain_text("Under way")
    page.get_by_role("button", name=re.compile("Until the next timer")).click()
    expect(state).to_contain_text("Completed")
    expect(page.locator('[data-element-id="given_up"].run-done')).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    job.get_by_text("Answer as the other side").click()
    job.get_by_label("What the other side answers").fill('{"status": 200, "body": {"paid": true}}')
    job.get_by_role("button", name="Answer", exact=True).click()
    message = page.locator("[data-card=wait]")
    expect(message).to_contain_text("A-1")
    message.get_by_label("With the variables").fill('{"receipt": 7}')
    message.get_by_role("button", name="It arrives").click()
    expect(state).to_contain_text("Completed")
    expect(page.locator(".scopes")).to_contain_text("receipt")

    # An operator's hand
    page.get_by_role("button", name="Take back").click()
    page.get_by_text("Change variables, or cancel").click()
    page.get_by_label("Variables to set").fill('{"note": "by hand"}')
    page.get_by_role("button", name="Set them").click()
    expect(page.locator(".scopes")).to_contain_text("by hand")
    page.get_by_text("Change variables, or cancel").click()
    page.get_by_role("button", name="Cancel the instance").click()
    expect(state).to_contain_text("Terminated")
    page.get_by_role("button", name="Take back").click()
    message.get_by_role("button", name="It arrives").click()
    expect(state).to_contain_text("Completed")

    # The drawing changes under the run: it is played again on what is drawn now.
    page.locator("[data-canvas]").evaluate(
        "({ modeler }) => modeler.get('modeling').removeElements([modeler.get('elementRegistry').get('wait')])"
    )
    expect(said).to_contain_text(re.compile("problem|message|paid"))
    page.get_by_role("button", name="Undo").click()
    expect(said).to_be_hidden()
    expect(state).to_contain_text("Completed")
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert not ProcessInstance.objects.exists()


def with_pictures(content: bytes) -> str:
    """A place on the canvas for every element, in a row."""
    text = content.decode()
    found = re.findall(r"<bpmn:(\w+) id=\"([\w-]+)\"", text)
    nodes = [(tag, id) for tag, id in found if re.search("Event|Task|Gateway", tag) and "Definition" not in tag]
    shapes = "".join(
        f'<di:BPMNShape id="{id}_di" bpmnElement="{id}"><dc:Bounds x="{100 + 160 * i}" '
        f'y="{300 if tag == "boundaryEvent" else 200}" width="{36 if "Event" in tag else 100}" '
        f'height="{36 if "Event" in tag else 80}" /></di:BPMNShape>'
        for i, (tag, id) in enumerate(nodes)
    )
    edges = "".join(
        f'<di:BPMNEdge id="{id}_di" bpmnElement="{id}"><dd:waypoint x="100" y="100" /><dd:waypoint x="200" y="100" />'
        "</di:BPMNEdge>"
        for tag, id in found
        if tag == "sequenceFlow"
    )
    plane = f'<di:BPMNPlane id="plane" bpmnElement="p">{shapes}{edges}</di:BPMNPlane>'
    spaces = (
        'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"'
    )
    diagram = f'<di:BPMNDiagram id="diagram" {spaces}>{plane}</di:BPMNDiagram>'
    return text.replace("</bpmn:definitions>", f"{diagram}</bpmn:definitions>")


def test_a_form_is_seen_as_people_will_see_it(draw: Drawing, alice: User) -> None:  # noqa: F811
    page = draw("form", dark=True)
    draft = Draft.objects.create(kind="form", name="Request", content=json.dumps(FORM))
    visit(page, reverse("admin:orchestrator_designer", args=[draft.pk]))
    page.get_by_role("button", name="Preview", exact=True).click()
    form = page.frame_locator(".form-frame")
    form.get_by_label("What").fill("a lamp")
    form.get_by_label("Price").fill("12.30")
    form.get_by_role("button", name="Check the answers").click()
    expect(page.locator("[data-previewing-body]")).to_contain_text('"price":12.30')
    page.get_by_text("With other data").click()
    page.get_by_label("Variables that it reads").fill('{"what": "a sofa"}')
    page.get_by_role("button", name="Show it with these").click()
    expect(form.get_by_label("What")).to_have_value("a sofa")
