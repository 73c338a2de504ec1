"""A program of somebody: it holds their token and speaks JSON."""

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError

from tests.browser.people import Person


class Machine:
    """Uses the API with a token that its person made on the page of tokens."""

    def __init__(self, person: Person) -> None:
        self.person, self.portal = person, person.portal
        page = person.page
        person.open(f"{self.portal.url}/account/tokens/new/")
        person.fill(name="Journey")
        page.locator("[name=access][value=write]").check()
        person.press("Make the token")
        self.token = page.locator("#secret .number").first.inner_text()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and answer: JSON decoded, files as bytes."""
        request = urllib.request.Request(f"{self.portal.url}/api/v1/{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, _content(answer)
        except HTTPError as error:
            return error.code, _content(error)

    def get(self, path: str) -> Any:
        """What is there."""
        status, content = self.ask("GET", path)
        assert status == 200, content
        return content

    def step(self, version: str, key: str, **more: Any) -> Any:
        """Take a signed step on the revision that is there now."""
        signed = {"email": self.person.email, "password": self.person.password}
        body = {"revision": self.get(version)["revision"], **signed, **more}
        status, content = self.ask("POST", f"{version}steps/{key}/", body)
        assert status == 200, content
        return content


def _content(answer: Any) -> Any:
    data = answer.read()
    return json.loads(data) if answer.headers.get_content_type() == "application/json" else data
