"""What a modeller should look at, in the list below the canvas: it stands in nobody's way."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.bpmn.draw import chain, element
from tests.browser.test_designer import Drawing, alice, draw, problems  # noqa: F401
from tests.browser.test_designer_tools import opened

SPACE = "http://very-long-company-name.example/extensions/of/our/own/bpmn/20260101/keyfigures"
DRAWN = chain(
    element("userTask", attributes=f'name="Check it" xmlns:our="{SPACE}" our:cost="5"'),
    extra=element("manualTask", "alone", attributes='name="Nobody comes here although it has a long name"'),
)


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 1440), (False, 390), (True, 390)])
def test_warnings_are_told_and_lead_to_their_element(draw: Drawing, alice: User, dark: bool, width: int) -> None:  # noqa: F811
    page = draw("bpmn", dark=dark)
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, DRAWN)
    expect(page.locator("[data-problems-title]")).to_have_text("No problems (2 warnings): this can be deployed")
    expect(problems(page)).to_have_count(2)
    expect(problems(page).first).to_contain_text("Warning: No token ever reaches “Nobody comes here")
    listed = page.locator("[data-problems]")
    expect(page.get_by_role("button", name="Deploy")).to_be_in_viewport(ratio=1)
    assert listed.evaluate("list => list.scrollWidth <= list.clientWidth"), "it scrolls sideways"
    assert Axe().run(page, context="[data-problems]").response["violations"] == []
    problems(page).nth(1).click()
    expect(page.locator(".djs-element.selected")).to_have_attribute("data-element-id", "n1")
