"""People, as the system sees them: browsers that sign in, start processes and do tasks over HTTP, without script."""

from __future__ import annotations

import http.client
import re
import time
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.faults.journal import ACKNOWLEDGED, REFUSED, UNKNOWN, Call, Journal

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TASK = re.compile(r'href="/tasks/(\d+)/')
CASE = re.compile(r"/cases/(\d+)/")
PATIENCE = 15.0  # seconds before a browser gives up
PASSWORD = "a-long-enough-password"

#: Status -> what it means for whoever asked. A 302 is the yes of a form.
MEANINGS = {302: ACKNOWLEDGED, 404: REFUSED, 409: REFUSED, 422: REFUSED, 400: REFUSED, 403: REFUSED}


class Answer:
    def __init__(self, status: int, headers: Any, body: str, seconds: float) -> None:
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))


class Person:
    """One browser; not to be used by two threads at once."""

    def __init__(self, name: str, port: int, journal: Journal) -> None:
        self.name, self.port, self.journal = name, port, journal
        self.cookies: SimpleCookie = SimpleCookie()
        self.token = ""
        self.connection: http.client.HTTPConnection | None = None

    def twin(self) -> Person:
        """The same session in another window."""
        twin = Person(self.name, self.port, self.journal)
        twin.cookies, twin.token = self.cookies, self.token
        return twin

    def sign_in(self) -> Person:
        self.learn(self.request("GET", "/login/"))
        answer = self.post("/login/", username=self.name, password=PASSWORD)
        assert answer.status == 302, f"{self.name} cannot sign in: {answer.status}"
        self.learn(self.request("GET", "/start/"))
        return self

    def learn(self, answer: Answer) -> None:
        found = TOKEN.search(answer.body)
        assert found, f"{self.name} got a page without a token: {answer.status}"
        self.token = found[1]

    def request(self, method: str, path: str, body: str = "") -> Answer:
        """Raises OSError or HTTPException when there is no answer."""
        begun = time.monotonic()
        fresh = self.connection is None
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Host": "localhost", "Cookie": "; ".join(f"{k}={m.value}" for k, m in self.cookies.items())}
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost"}
        try:
            self.connection.request(method, path, body or None, headers)
            response = self.connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self.close()
            idle = isinstance(error, http.client.RemoteDisconnected | BrokenPipeError | ConnectionResetError)
            if method == "GET" and idle and not fresh:
                return self.request(method, path)  # a connection that had been kept was closed: nothing was asked yet
            raise
        for line in response.headers.get_all("Set-Cookie") or []:
            self.cookies.load(line)
        if response.will_close:
            self.close()
        return Answer(response.status, response.headers, text, time.monotonic() - begun)

    def post(self, path: str, **fields: str) -> Answer:
        return self.request("POST", path, urlencode({"csrfmiddlewaretoken": self.token, **fields}))

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def look(self, path: str) -> Answer | None:
        """A page, or None when there is none just now."""
        try:
            answer = self.request("GET", path)
        except (OSError, http.client.HTTPException):
            return None
        return answer if answer.status == 200 else None

    # What is written into the journal

    def do(
        self, fault: str, act: str, path: str, mark: str, task: int = 0, process: str = "", **fields: str
    ) -> tuple[Call, Answer | None]:
        call = self.journal.sent(fault, act, mark, task=task, person=self.name, process=process)
        begun = time.monotonic()
        try:
            answer = self.post(path, **fields)
        except (OSError, http.client.HTTPException):
            self.journal.answered(call, UNKNOWN, 0, time.monotonic() - begun)
            return call, None
        meaning = MEANINGS.get(answer.status, UNKNOWN)
        if answer.location.startswith("/login/"):
            meaning = REFUSED
        self.journal.answered(call, meaning, answer.status, answer.seconds)
        return call, answer

    def start(self, fault: str, process: str, ref: str, to: str = "") -> int | None:
        """The number of the case, if the answer came."""
        fields = {"f.ref": ref, "f.to": to}
        _, answer = self.do(fault, "start", f"/start/{process}/", ref, process=process, **fields)
        found = CASE.search(answer.location) if answer else None
        return int(found[1]) if found else None

    def claim(self, fault: str, task: int) -> Call:
        return self.do(fault, "claim", f"/tasks/{task}/claim/", "", task)[0]

    def complete(self, fault: str, task: int, note: str) -> Call:
        return self.do(fault, "complete", f"/tasks/{task}/complete/", note, task, **{"f.note": note})[0]

    def offered(self) -> list[int]:
        """The tasks in the lists of this person's groups."""
        answer = self.look("/?tab=groups")
        return sorted({int(number) for number in TASK.findall(answer.body)}) if answer else []
