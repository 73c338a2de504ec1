"""Everything held about a person: for themselves, for them by an administrator, and nothing of anybody else."""

import io
import json
import zipfile

import pytest

from cqms.audit.models import AuditEvent, kind_of
from cqms.jobs.models import Job
from cqms.jobs.services import work_off
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal import handover, people
from cqms.signatures.models import Signature
from tests.cast import page
from tests.platform.browsing import browse, links, words
from tests.world import building as worlds


def ask(world, who: str, place: str, **data: str) -> tuple[dict, str]:
    """The archive as this person gets it: the data and the page."""
    browser = browse(getattr(world, who))
    watched = browser.post(page(world.ours, place), data)["Location"]
    work_off(world.ours, watched.rstrip("/").rpartition("/")[2])
    shown = browser.get(watched)
    file = next(link for link in links(shown) if link.endswith("/file/"))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(browser.get(file))))
    assert archive.namelist() == ["data.json", "data.html"]
    return json.loads(archive.read("data.json")), archive.read("data.html").decode()


def member(world, who: str) -> Membership:
    with scope(world.ours):
        return Membership.objects.get(user=getattr(world, who))


def places_in(data: dict) -> set[tuple[str, int]]:
    parts = ("named_in", "entries_by_the_person", "entries_about_the_person", "signatures")
    return {(row["kind"], row["number"]) for part in parts for row in data[part]}


def test_a_person_gets_everything_about_themselves(world):
    data, told = ask(world, "author", "/own-data/")
    assert (data["organization"], data["person"], data["made_for"]) == (
        "Northwind Therapeutics", "Amara Osei", "Amara Osei",
    )  # fmt: skip
    assert [row["email"] for row in data["account"]] == ["author@cast.test"]
    assert [row["role"] for row in data["roles"]] == ["author"]
    with scope(world.ours):
        signed = Signature.objects.filter(signer=world.author).count()
        acted = AuditEvent.objects.filter(actor=world.author).count()
    assert (len(data["signatures"]), len(data["sign_in_history"]) > 0) == (signed, True)
    assert len(data["entries_by_the_person"]) in (acted, acted - 1, acted - 2)
    assert {row["as"] for row in data["named_in"]} >= {"person", "author"}
    assert "What Northwind Therapeutics holds about Amara Osei" in told
    assert "digest" not in json.dumps(data["tokens"])


def test_an_administrator_gets_it_with_a_reason_and_without_content(world):
    place = f"/members/{member(world, 'author').pk}/data/"
    office = browse(world.administrator)
    assert office.post(page(world.ours, place), {"reason": ""}).status_code == 422
    data, told = ask(world, "administrator", place, reason="The person asked by letter.")
    assert (data["reason"], "sessions" in data, "sign_in_history" in data) == (
        "The person asked by letter.", False, False,
    )  # fmt: skip
    with scope(world.ours):
        titles = [worlds.version_of(title).document.number for title in (worlds.EFFECTIVE, worlds.HIDDEN)]
        told_in_trail = list(
            AuditEvent.objects.filter(actor=world.administrator, verb__in=("ask for data", "export", "download"))
            .order_by("pk").values_list("verb", "reason")
        )  # fmt: skip
        hidden = worlds.version_of(worlds.HIDDEN)
        closed = {(kind_of(each), each.pk) for each in (hidden, hidden.document)}
    assert [title for title in titles if title in json.dumps(data) or title in told] == []
    assert closed & places_in(data) == set(), "a record in a closed lane has no number either"
    assert [verb for verb, _ in told_in_trail] == ["ask for data", "export", "download"]
    assert told_in_trail[0][1] == "The person asked by letter."


def test_an_administrator_gives_a_former_member_what_is_held_about_them(world):
    gone = member(world, "reader")
    with scope(world.ours):
        heirs = {each.key: world.quality_head for each in handover.held_by(world.reader)}
        people.let_go(gone, heirs, actor=world.administrator, reason="Left.")
    data, told = ask(world, "administrator", f"/members/{gone.pk}/data/", reason="They asked after they had left.")
    assert (data["person"], data["reason"]) == ("Rita Edwards", "They asked after they had left.")
    assert [row["ends_at"] is not None for row in (*data["membership"], *data["roles"])] == [True, True]
    assert [row["what"] for row in data["entries_about_the_person"]][-1] == "ask for data"
    assert "What Northwind Therapeutics holds about Rita Edwards" in told


def test_nothing_of_another_organization_or_person_is_in_it(world):
    data, told = ask(world, "author", "/own-data/")
    for text in (json.dumps(data, ensure_ascii=False), told):
        assert worlds.THEIR_WORD not in text
    assert "Rita Edwards" not in json.dumps(data["roles"])


def test_somebody_else_gets_neither_page_nor_file(world):
    place = page(world.ours, f"/members/{member(world, 'author').pk}/data/")
    assert [browse(getattr(world, who)).get(place).status_code for who in ("quality_head", "author", "guest")] == [
        403
    ] * 3
    watched = browse(world.author).post(page(world.ours, "/own-data/"))["Location"]
    key = watched.rstrip("/").rpartition("/")[2]
    work_off(world.ours, key)
    assert browse(world.administrator).get(f"{watched}file/").status_code == 404
    with scope(world.ours):
        assert Job.objects.get(pk=key).state == "done"


@pytest.mark.parametrize("who", ["guest", "inspector", "administrator"])
def test_everybody_may_ask_for_their_own(world, who):
    data, _ = ask(world, who, "/own-data/")
    assert data["person"] == getattr(world, who).name
    assert page(world.ours, "/own-data/") in links(browse(getattr(world, who)).get("/account/"))
    assert "Your own data" in words(browse(getattr(world, who)).get(page(world.ours, "/own-data/")))
