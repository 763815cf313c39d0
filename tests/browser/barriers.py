"""What axe finds on a page, in as many looks as one likes without loading it again."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: What others bring: Django's choosers, the table of dmn-js, the drawing of bpmn-js.
FOREIGN = [[".select2"], [".dmn-decision-table-container"], [".djs-container"], [".help-tooltip"]]
COLOURS = ["color-contrast"]  # the rules that a look may break
RUN = """async ([foreign, rules]) => {
  const options = { resultTypes: ['violations'], preload: false };  // preloading reads sheets against the policy
  if (rules.length) options.runOnly = rules;
  const { violations } = await axe.run({ exclude: foreign }, options);
  return violations.map(each => `${each.id}: ${each.nodes[0].html.slice(0, 150)}`);
}"""


def barriers(page: Page, name: str, looks: Iterable[str] = ("",), *, system: bool = False) -> list[str]:
    """Everything in the first look, in the others what colours change. A look is a theme of ours, or the system's."""
    page.evaluate(Axe().axe_script)
    told = []
    for place, look in enumerate(looks):
        if system:
            page.emulate_media(color_scheme=look)  # type: ignore[arg-type]
        elif look:
            page.evaluate("look => { document.documentElement.dataset.theme = look; }", look)
        told += [f"{name} {look}: {found}" for found in page.evaluate(RUN, [FOREIGN, COLOURS if place else []])]
    return told
