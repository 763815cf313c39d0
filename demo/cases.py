"""What Brightwater works on: the cases of a day, and what people answer in their tasks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from orchestrator.models import ProcessInstance


@dataclass(frozen=True, slots=True)
class Start:
    """One case: who starts it how long ago with what, and how many tasks are done before it rests."""

    process: str
    by: str
    variables: dict[str, Any]
    ago: timedelta
    patience: int


# Process -> how many cases a day brings, in thousandths.
FREQUENCY = {"invoice-approval": 1800, "customer-onboarding": 1200, "insurance-claim": 1600, "employee-onboarding": 500}
RUSH = 4  # the end of the month

SUPPLIERS = (
    ("Halyon Cloud", "service", "Hosting"),
    ("Nordwind Logistics", "service", "Freight"),
    ("Kestrel Office", "goods", "Office chairs"),
    ("Lumen Electric", "service", "Electricity"),
    ("Papyrus & Sons", "goods", "Printing"),
    ("Blue Harbour Travel", "travel", "Customer visit"),
    ("Atlas Hardware", "goods", "Developer laptops"),
    ("Verity Training", "service", "Security training"),
)
COMPANIES = (
    ("Halcyon Labs", "DE"), ("Ardent Foods", "FR"), ("Meridian Shipping", "NL"), ("Solano Textiles", "PT"),
    ("Copperfield Print", "GB"), ("Vela Robotics", "DE"), ("Brio Ceramics", "PT"), ("Tidewater Marine", "GB"),
    ("Orchard Health", "FR"), ("Lindqvist Timber", "DE"), ("Pavo Optics", "NL"), ("Quarry Stoneworks", "GB"),
)  # fmt: skip
HIRES = (
    ("Aisha", "Bello"), ("Leon", "Fischer"), ("Camille", "Moreau"), ("Mateo", "Ruiz"), ("Anouk", "de Vries"),
    ("Tariq", "Aziz"), ("Signe", "Holm"), ("Rafael", "Lima"), ("Nora", "Walsh"), ("Kenji", "Mori"),
    ("Ewa", "Zielinska"),
)  # fmt: skip
CLAIMANTS = (
    ("Otto Becker", "DE89370400440532013000"),
    ("Marta Nowak", "PL61109010140000071219812874"),
    ("Hugo Laurent", "FR1420041010050500013M02606"),
    ("Sara Lindholm", "SE4550000000058398257466"),
    ("Piet Jansen", "NL91ABNA0417164300"),
    ("Rosa Ferreira", "PT50000201231234567890154"),
    ("Tom Whitaker", "GB82WEST12345698765431"),  # its check digits are wrong: the payment goes to a person
)
DAMAGE = {
    "glass": "Windscreen cracked by a stone on the motorway.",
    "luggage": "A suitcase did not arrive with the flight.",
    "water": "A pipe burst in the bathroom and flooded the floor below.",
    "car": "Rear-end collision at a traffic light.",
    "liability": "A visitor fell on the wet stairs.",
}
HEADS = {
    "Engineering": "grace.hopper", "Sales": "tomas.rivera", "Claims": "mina.okafor", "Finance": "lena.meyer",
    "Operations": "yara.osei",
}  # fmt: skip
REMARKS = (
    "I have called them; they will send the missing page tomorrow.",
    "Looks fine to me, I only wait for the second offer.",
    "Could somebody of the team check the numbers with me?",
    "Same supplier as last month, same conditions.",
)
REASONS = (
    "The budget of this cost centre is used up; please ask again next quarter.",
    "The amount does not match the order.",
    "Please attach the second offer.",
)


def of_a_day(random_: random.Random, days_ago: int) -> Iterator[Start]:
    """The cases that began `days_ago` days ago; the older they are, the further they are done."""
    for process, thousandths in FREQUENCY.items():
        thousandths *= RUSH if days_ago < 2 else 1
        for _ in range(thousandths // 1000 + (random_.randrange(1000) < thousandths % 1000)):
            by, variables = STARTS[process](random_, days_ago)
            ago = timedelta(days=days_ago, minutes=random_.randint(10, 600))
            unfinished = random_.random() < (0.04 if days_ago > 6 else 0.5 if days_ago > 2 else 0.9)
            yield Start(process, by, variables, ago, random_.choice([0, 0, 1, 2]) if unfinished else 20)


def _invoice(random_: random.Random, days_ago: int) -> tuple[str, dict[str, Any]]:
    supplier, kind, purpose = random_.choice(SUPPLIERS)
    amount = random_.choice([random_.randint(40, 480), random_.randint(550, 4900), random_.randint(5100, 42_000)])
    by = random_.choice(["samir.haddad", "hana.sato", "elif.demir", "karim.belaid", "greta.vogel", "daniel.novak"])
    return by, {
        "supplier": supplier,
        "invoiceNumber": f"{supplier[:2].upper()}-{random_.randint(10_000, 99_999)}",
        "amount": Decimal(amount * 100 + random_.randint(0, 99)) / 100,
        "currency": "EUR",
        "costCentre": random_.choice(["4711", "4712", "4713", "4714", "4720", "4720"]),
        "dueDate": _day(14 - days_ago),
        "kind": kind,
        "purpose": purpose,
    }


def _customer(random_: random.Random, days_ago: int) -> tuple[str, dict[str, Any]]:
    company, country = random_.choice(COMPANIES)
    return random_.choice(["jonas.brandt", "hana.sato", "leila.farsi", "marek.kowal"]), {
        "company": company,
        "registrationNumber": f"{country}{random_.randint(100_000, 999_999)}",
        "contactEmail": f"office@{company.split()[0].lower()}.example",
        "country": country,
        "creditLimit": Decimal(random_.choice([5000, 8000, 10_000, 25_000, 40_000, 90_000])),
        "industry": random_.choice(["retail", "manufacturing", "services"]),
    }


def _claim(random_: random.Random, days_ago: int) -> tuple[str, dict[str, Any]]:
    claimant, iban = random_.choice(CLAIMANTS)
    kind = random_.choice(list(DAMAGE))
    amount = random_.randint(80, 290) if kind in ("glass", "luggage") else random_.randint(400, 26_000)
    return random_.choice(["elif.demir", "oscar.nyberg", "priya.nair", "bruno.silva"]), {
        "claimNumber": f"{random_.randint(1000, 9999)}-{random_.randint(10, 99)}",
        "policyNumber": f"P{random_.randint(100_000, 999_999)}",
        "claimant": claimant,
        "claimantEmail": f"{claimant.split()[0].lower()}@mail.example",
        "claimType": kind,
        "damageDate": _day(-days_ago - random_.randint(1, 6)),
        "amount": Decimal(amount),
        "iban": iban,
        "description": DAMAGE[kind],
        "confidence": Decimal(random_.choice([45, 72, 88, 95, 99])) / 100,
    }


def _hire(random_: random.Random, days_ago: int) -> tuple[str, dict[str, Any]]:
    first, last = random_.choice(HIRES)
    department = random_.choice(list(HEADS))
    return random_.choice(["nadia.rahman", "greta.vogel", "pablo.ortega"]), {
        "firstName": first,
        "lastName": last,
        "email": f"{first}.{last}@mail.example".lower().replace(" ", ""),
        "startDate": _day(21 - days_ago),
        "department": department,
        "manager": HEADS[department],
        "jobTitle": random_.choice(["Analyst", "Engineer", "Specialist", "Coordinator"]),
        "workplace": random_.choice(["office", "office", "remote"]),
        "equipment": ["laptop", *random_.choice([[], ["phone"], ["monitor"]])],
    }


STARTS = {
    "invoice-approval": _invoice,
    "customer-onboarding": _customer,
    "insurance-claim": _claim,
    "employee-onboarding": _hire,
}


def _day(offset: int) -> str:
    return (date.today() + timedelta(days=offset)).isoformat()


def answer(element: str, instance: ProcessInstance, random_: random.Random, by: str) -> tuple[dict[str, Any], str, str]:
    """What somebody enters in the task of this element: (data, outcome, comment)."""
    refuse = random_.random() < 0.12
    reason = random_.choice(REASONS)
    match element:
        case "approve" | "approve_second":
            data = {"supplierRating": random_.choice(["preferred", "known", "new"])}
            return (data, "reject", reason) if refuse else (data, "approve", "")
        case "correct":
            return {}, "withdraw" if random_.random() < 0.5 else "resubmit", ""
        case "review":
            data = {"source": random_.choice(["phone", "registry", "accounts"])}
            return (data, "decline", "The annual accounts are too weak.") if refuse else (data, "accept", "")
        case "assess":
            data = {"assessedBy": random_.choice(["file", "photo", "visit"])}
            return (data, "reject", "The policy does not cover this.") if refuse else (data, "accept", "")
        case "clarify":
            return {"iban": "DE89370400440532013000"}, "corrected", ""
        case "it_account":
            return {"accountName": f"new.hire{instance.pk}"[:8] + ".x", "laptop": "standard", "mfa": True}, "done", ""
        case "building_access":
            return {"building": "HQ", "badge": str(random_.randint(100_000, 999_999)), "zones": ["offices"]}, "done", ""
        case "benefits":
            return {"healthPlan": random_.choice(["basic", "family"]), "pensionShare": 5, "consent": True}, "done", ""
        case "training":
            return {"courses": ["security", "conduct"], "trainingDay": _day(7)}, "done", ""
    raise LookupError(f"The demo has no answer for the task {element}")
