"""Files and data that mean harm: refused at once, or bounded. Times are the processor's, with room to spare."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from lxml import etree

from orchestrator import dmn, feel
from tests.dmn.draw import data, decision, entry, file, item, knowledge, literal, read, service, table, value

AGE = data("Age", "number")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


SMALL = feel.Environment(fuel=10_000)


def ages(*rules: tuple[str, str], **options: object) -> bytes:
    return file(AGE, decision("Result", table(["Age"], [""], *rules, **options), "in_Age"))


def test_ten_thousand_rules_are_too_many() -> None:
    with within(3), pytest.raises(dmn.DmnError, match="more than 20,000 elements"):
        dmn.parse(ages(*[("-", "1")] * 10_000))


def test_thousands_of_overlapping_rules_are_refused_quickly() -> None:
    with within(8):
        found = dmn.problems(dmn.parse(ages(*[("-", "1")] * 3_900)))
    assert len(found) == 21


def test_thousands_of_nested_ranges_are_checked_quickly() -> None:
    rules = [(f"[{i}..{10**9 - i}]", f'"k{i}"', "1") for i in range(1_000)]
    model = read(AGE, data("Kind"), decision("R", table(["Age", "Kind"], [""], *rules), "in_Age", "in_Kind"))
    with within(10):
        assert dmn.problems(model) == []
        dmn.advice(model)


def test_a_table_of_many_columns_is_checked_quickly() -> None:
    columns = [f"x{i}" for i in range(40)]
    rows = [["> 1" if i == n else "<= 1" if i < n else "-" for i in range(40)] + ["1"] for n in range(40)]
    with within(8):
        dmn.advice(read(decision("Result", table(columns, [""], *rows, policy="FIRST"))))


def test_huge_ranges_cost_nothing() -> None:
    model = dmn.parse(ages(("[-1e300..1e300]", "1"), ("> 1e300", "2")))
    with within(1):
        assert dmn.problems(model) == []
        assert value(model, "Result", Age=5) == 1


def test_an_iteration_without_end_in_a_cell_is_stopped() -> None:
    model = dmn.parse(ages(("count(for i in 1..1000000000 return i) > ?", "1")))
    with within(5), pytest.raises(feel.LimitExceeded):
        value(model, "Result", Age=5)


def test_work_in_every_cell_adds_up() -> None:
    model = dmn.parse(ages(*[(f"count(for i in 1..9000 return i) = ? + {n}", "1") for n in range(1000)]))
    with within(5), pytest.raises(feel.FuelExhausted):
        dmn.evaluate(model, "Result", {"Age": -1}, environment=SMALL)


def test_work_in_allowed_values_adds_up() -> None:
    slow = item("tSlow", "number", allowed="count(for i in 1..9000 return i) > ?")
    numbers = item("tNumbers", "tSlow", many=True)
    model = read(slow, numbers, data("X", "tNumbers"), decision("Result", literal("X"), "in_X"))
    with within(5), pytest.raises(feel.FuelExhausted):
        dmn.evaluate(model, "Result", {"X": [1] * 5000}, environment=SMALL)


def test_functions_that_double_their_calls_are_stopped() -> None:
    models = [knowledge("f0", {"n": "number"}, literal("n"))]
    for i in range(1, 40):
        models.append(knowledge(f"f{i}", {"n": "number"}, literal(f"f{i - 1}(n) + f{i - 1}(n)"), f"f_f{i - 1}"))
    model = read(*models, decision("Result", literal("f39(1)"), "f_f39"))
    with within(5), pytest.raises(feel.LimitExceeded):
        dmn.evaluate(model, "Result", {}, environment=SMALL)


def test_services_that_double_their_calls_are_stopped() -> None:
    parts = [decision("D0", literal("1")), service("S0", "D0")]
    for i in range(1, 30):
        parts += [decision(f"D{i}", literal(f"S{i - 1}() + S{i - 1}()"), f"f_S{i - 1}"), service(f"S{i}", f"D{i}")]
    with within(5), pytest.raises(feel.LimitExceeded):
        dmn.evaluate(read(*parts), "D29", {}, environment=SMALL)


def test_values_that_double_their_size_are_stopped() -> None:
    parts = [decision("D0", literal("1"))]
    for i in range(1, 60):
        doubled = entry("a", literal(f"D{i - 1}")) + entry("b", literal(f"D{i - 1}"))
        parts.append(decision(f"D{i}", f"<context>{doubled}</context>", f"D{i - 1}"))
    with within(5), pytest.raises(feel.LimitExceeded):
        value(read(*parts), "D59")


def test_a_chain_of_types_as_long_as_the_file_allows_is_read() -> None:
    chain = [item(f"t{i}", f"t{i + 1}") for i in range(4_000)]
    with within(10):
        model = read(*chain, item("t4000", "number"), data("X", "t0"), decision("Result", literal("X"), "in_X"))
        assert dmn.problems(model) == []


def test_deep_data_is_stopped_and_not_a_crash() -> None:
    tree = item("tTree", inner=item("next", "tTree", tag="itemComponent"))
    model = read(tree, data("X", "tTree"), decision("Result", literal("X"), "in_X"))
    deep: dict[str, object] = {"next": None}
    for _ in range(2_000):
        deep = {"next": deep}
    with pytest.raises(feel.LimitExceeded):
        value(model, "Result", X=deep)


@pytest.mark.parametrize("name", ["<b>x</b>", "‮evil", "__proto__", "../..", 'a"b', "x" * 10_000, "{{7*7}}", "%s%n"])
def test_strange_names_are_only_names(name: str) -> None:
    written = etree.tostring(etree.Element("x", name=name)).decode().partition("name=")[2][:-2]
    logic = decision("Result", literal("1")).replace('name="Result"', f"name={written}", 1)
    found = dmn.evaluate(read(logic), "Result", {})
    assert found.decisions[0].name == name
    assert found.to_json()["decisions"][0]["name"] == name


def whole() -> bytes:
    """A file with something of everything."""
    cells = table(
        ["Age", "P.name"], ["a", "b"], ("< 18", '"x", "y"', "1", "2"), ("-", 'not("z")', "Half(Age)", "P.name")
    )
    looped = f'<for iteratorVariable="i"><in>{literal("1..3")}</in><return>{literal("i + Age")}</return></for>'
    bound = f'<invocation>{literal("Half")}<binding><parameter name="n"/>{literal("4")}</binding></invocation>'
    entries = entry("loop", looped) + entry("call", bound) + entry("", literal("[loop, call]"))
    return file(
        item("tP", inner=item("name", "string", allowed='"x", "y"', tag="itemComponent")),
        AGE,
        data("P", "tP"),
        knowledge("Half", {"n": "number"}, literal("n / 2")),
        decision("Table", cells, "in_Age", "in_P", "f_Half"),
        decision("Result", f"<context>{entries}</context>", "in_Age", "f_Half", "Table"),
        service("S", "Result", inputs="in_Age in_P", decisions="Table"),
    )


def mutated(root: etree._Element, chance: random.Random) -> None:
    """Delete, double, move, rename or rewrite something."""
    elements = [e for e in root.iter() if e.getparent() is not None]
    one, other = chance.choice(elements), chance.choice(elements)
    match chance.randrange(5):
        case 0:
            one.getparent().remove(one)
        case 1:
            one.addnext(etree.fromstring(etree.tostring(one)))
        case 2:
            other.append(etree.fromstring(etree.tostring(one)))
        case 3:
            one.tag = other.tag
        case 4:
            if one.attrib:
                name = chance.choice(sorted(one.attrib))
                one.set(name, chance.choice(["", "#x", "Age", "UNIQUE", other.get("name", "?"), other.get("id", "?")]))
            one.text = chance.choice([other.text, "1 +", "]", "", "x", None])


def test_no_mutilated_file_breaks_anything() -> None:
    chance = random.Random(20240229)
    for _ in range(150):
        root = etree.fromstring(whole())
        for _ in range(chance.randrange(1, 5)):
            mutated(root, chance)
        try:
            model = dmn.parse(etree.tostring(root))
        except dmn.DmnError:
            continue
        dmn.problems(model)
        dmn.advice(model)
        for id in model.decisions:
            with suppress(dmn.DecisionFailed, feel.LimitExceeded):
                dmn.evaluate(model, id, {"Age": 20, "P": {"name": "x"}}).to_json()
        for id in model.decision_services:
            with suppress(dmn.DecisionFailed, feel.LimitExceeded):
                dmn.evaluate_service(model, id, {"Age": 20}).to_json()


def test_thousands_of_names_are_read_quickly() -> None:
    entries = "".join(entry(f"the name {i}", literal(f"the name {i - 1}" if i else "0")) for i in range(3_500))
    parts = "".join(item(f"a part {i}", "number", tag="itemComponent") for i in range(1_500))
    with within(10):
        read(item("tP", inner=parts), decision("Result", f"<context>{entries}</context>"))


def test_thousands_of_unknown_types_are_told_quickly() -> None:
    with within(10):
        found = dmn.problems(read(*[data(f"data {i}", f"tData{i}") for i in range(5_000)]))
    assert len(found) == 5_000


def test_thousands_of_equal_names_are_told_quickly() -> None:
    with within(10):
        found = dmn.problems(read(*[decision(f"D{i // 2}", literal("1"), id=f"i{i}") for i in range(4_000)]))
    assert len(found) == 2_000
