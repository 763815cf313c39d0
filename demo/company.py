"""Who works at Brightwater. Everybody's password is `demo`."""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "brightwater.example"
PASSWORD = "demo"

DEPARTMENTS = {  # department -> its manager
    "Executive": "ada.lovelace",
    "Engineering": "grace.hopper",
    "Sales": "tomas.rivera",
    "Claims": "mina.okafor",
    "Finance": "lena.meyer",
    "People": "nadia.rahman",
    "Operations": "yara.osei",
}


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    department: str
    title: str
    groups: tuple[str, ...] = ()

    @property
    def username(self) -> str:
        first, last = self.name.split(" ", 1)
        return f"{first}.{last}".lower().translate(_PLAIN).replace(" ", "-")

    @property
    def manager(self) -> str:
        head = DEPARTMENTS[self.department]
        return head if head != self.username else DEPARTMENTS["Executive"]


_PLAIN = str.maketrans("áàãçéèêíñóôöøúüåä", "aaaceeeinoooouuaa")

PEOPLE = (
    Person("Ada Lovelace", "Executive", "Managing director", ("Directors",)),
    Person("Ruben Castellan", "Executive", "Chief financial officer", ("Directors", "Cost Centre Approvers")),
    Person("Ingrid Solberg", "Executive", "Chief operating officer", ("Directors",)),
    Person("Grace Hopper", "Engineering", "Head of engineering", ("Cost Centre Approvers", "Directors")),
    Person("Samir Haddad", "Engineering", "Software engineer"),
    Person("Chiara Conti", "Engineering", "Software engineer"),
    Person("Daniel Novak", "Engineering", "Data engineer"),
    Person("Emeka Obi", "Engineering", "Quality engineer"),
    Person("Freja Lund", "Engineering", "Product designer"),
    Person("Tomás Rivera", "Sales", "Head of sales", ("Sales", "Cost Centre Approvers")),
    Person("Hana Sato", "Sales", "Account manager", ("Sales",)),
    Person("Jonas Brandt", "Sales", "Account manager", ("Sales", "Credit Review")),
    Person("Leila Farsi", "Sales", "Sales operations", ("Sales", "Credit Review")),
    Person("Marek Kowal", "Sales", "Account manager", ("Sales",)),
    Person("Mina Okafor", "Claims", "Head of claims", ("Claims", "Senior Adjusters", "Cost Centre Approvers")),
    Person("Bruno Silva", "Claims", "Senior adjuster", ("Claims", "Senior Adjusters", "Claims Adjusters")),
    Person("Elif Demir", "Claims", "Adjuster", ("Claims", "Claims Adjusters")),
    Person("Oscar Nyberg", "Claims", "Adjuster", ("Claims", "Claims Adjusters")),
    Person("Priya Nair", "Claims", "Adjuster", ("Claims", "Claims Adjusters")),
    Person("Lena Meyer", "Finance", "Head of finance", ("Finance", "Cost Centre Approvers", "Payments")),
    Person("Karim Belaid", "Finance", "Accountant", ("Finance", "Payments")),
    Person("Sofia Rossi", "Finance", "Accountant", ("Finance", "Payments")),
    Person("Victor Huang", "Finance", "Controller", ("Finance", "Credit Review")),
    Person("Nadia Rahman", "People", "Head of people", ("People Team",)),
    Person("Greta Vogel", "People", "People partner", ("People Team",)),
    Person("Pablo Ortega", "People", "Recruiter", ("People Team",)),
    Person(
        "Yara Osei",
        "Operations",
        "Head of operations",
        ("IT Service Desk", "Facilities", "Cost Centre Approvers", "Credit Review", "Claims Adjusters"),
    ),
    Person("Amir Khan", "Operations", "IT support", ("IT Service Desk",)),
    Person("Wendy Clarke", "Operations", "IT support", ("IT Service Desk",)),
    Person("Zoe Martin", "Operations", "Facilities", ("Facilities",)),
    Person("Ivan Petrov", "Operations", "Facilities", ("Facilities",)),
)

GROUPS = tuple(dict.fromkeys(group for person in PEOPLE for group in person.groups))
EVERYONE = "Everyone"

# Which groups may start a process, and who administers and sees all its instances.
MAY_START = {
    "employee-onboarding": ("People Team", "Directors"),
    "invoice-approval": (EVERYONE,),
    "customer-onboarding": ("Sales", "Credit Review"),
    "insurance-claim": ("Claims", "Claims Adjusters"),
}
MAY_SEE = {
    "employee-onboarding": ("People Team",),
    "invoice-approval": ("Finance",),
    "customer-onboarding": ("Credit Review",),
    "insurance-claim": ("Senior Adjusters",),
    "claim-payment": ("Payments",),
}
