"""A device with a passkey: Chromium's virtual authenticator, which asks nobody for a finger."""

from playwright.sync_api import CDPSession

from tests.browser.people import Person

_KIND = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Device:
    """The authenticator of one person's browser."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.session: CDPSession = person.context.new_cdp_session(person.page)
        self.session.send("WebAuthn.enable")
        added = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": _KIND})
        self.id = added["authenticatorId"]

    def credentials(self) -> list[dict]:
        """The passkeys that the device holds."""
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def verify(self, *, succeeds: bool) -> None:
        """Let the finger or PIN be right, or wrong."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": succeeds})


def at_a_name(person: Person) -> str:
    """The portal's address with a host name, which passkeys need."""
    return person.portal.url.replace("127.0.0.1", "localhost")


def add_passkey(person: Person, name: str) -> None:
    """Sign in at the name, add a passkey and keep the recovery codes."""
    base = at_a_name(person)
    person.open(f"{base}/accounts/login/")
    person.enter()
    person.page.wait_for_url(lambda url: "/accounts/login/" not in url)
    person.open(f"{base}/account/factors/passkey/")
    person.fill(name=name)
    person.press("Make the passkey")
    person.sees("is added")


def at_name(person: Person, path: str) -> str:
    """A page of the organization at the name."""
    return f"{at_a_name(person)}/o/{person.portal.slug}{path}"
