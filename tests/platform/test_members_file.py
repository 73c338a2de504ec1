"""Members from a CSV file: looked at first, done in one go, sent again without harm."""

import csv
import io

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from cqms.access.models import RoleAssignment, RoleRequest
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent
from cqms.jobs.models import Job
from cqms.jobs.services import work_off
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from tests.cast import Cast, page
from tests.platform.browsing import browse, words

HEAD = "email,name,department,manager,role,study,from,until,as\n"
FILE = HEAD + (
    "nora@cast.test,Nora New,Clinical,mila@cast.test,author,,,,\n"
    "mila@cast.test,Mila Boss,Clinical,quality.head@cast.test,Quality assurance,,,,\n"
    "gia@cast.test,Gia Guest,,,reader,NW-202,2199-01-01,2199-02-01,guest\n"
    "READER@cast.test,,Archive,,author,,,,\n"
    "author@cast.test,,,quality.head@cast.test,author,,,,\n"
    "outsider@cast.test,,,,emperor,,,,\n"
    "qa@cast.test,,,nobody@cast.test,,,,,\n"
    "inspector@cast.test,,,,author,,,,\n"
    "nameless@cast.test,,,,reader,,,,\n"
)
OUTCOMES = [
    ("2", "Invited", "Nora New is invited. Author. Manager: nobody → mila@cast.test."),
    ("3", "Invited", "Mila Boss is invited. Quality assurance is asked for; somebody else decides."),
    ("4", "Conflict", "A guest stays 180 days at most (settings of the organization)."),
    ("5", "Changed", "Department: none → Archive. Author."),
    ("6", "As it is", "Nothing changes."),
    ("7", "Unknown", "There is no role “emperor”."),
    ("8", "Unknown", "Nobody@cast.test is no member and not in the file (manager)."),
    ("9", "Conflict", "An inspector reads and holds no other role here"),
    ("10", "Conflict", "A new person needs a name."),
]  # fmt: skip


@pytest.fixture
def office(cast):
    return browse(cast.administrator)


def send(office, cast: Cast, text: str):
    file = SimpleUploadedFile("members.csv", text.encode(), "text/csv")
    return office.post(page(cast.ours, "/members/file/"), {"file": file})


def outcomes(answer) -> list[tuple[str, str, str]]:
    rows = csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
    return [(row["line"], row["outcome"], row["what"]) for row in rows]


def test_a_file_that_is_only_tried_does_not_tell_who_has_an_account(cast, office):
    lines = (
        "{},Some Body,,,reader,,,,\n", "{},,,,reader,,,,\n", "{},Some Body,,,reader,,,,guest\n",
        "{},Some Body,,{},reader,,,2199-01-01,guest\n", "{},Some Body,,,administrator,,,,\n",
    )  # fmt: skip
    managed = "nora@cast.test,Nora New,,{},author,,,,\n{},Some Body,,,author,,,,\n"
    told = {}
    for email in (cast.outsider.email, "nobody.knows@cast.test"):
        said = []
        for line in (*lines, managed):
            place = send(office, cast, HEAD + line.replace("{}", email))["Location"]
            shown = words(office.get(place))
            said.append(shown.replace(email, "").replace(email.capitalize(), ""))
            said += [each[1:] for each in outcomes(office.get(f"{place}?format=csv"))]
        told[email] = str(said).replace(email, "")
        assert cast.outsider.name not in told[email]
    assert told[cast.outsider.email] == told["nobody.knows@cast.test"]


def do(office, cast: Cast, place: str) -> Job:
    job = office.post(place, {"reason": "The new team of autumn."})["Location"].rstrip("/").rpartition("/")[2]
    work_off(cast.ours, job)
    with scope(cast.ours):
        return Job.objects.get(pk=job)


def begins(found: list[tuple[str, str, str]]) -> list[bool]:
    return [(one[:2], one[2].startswith(two[2])) == (two[:2], True) for one, two in zip(found, OUTCOMES, strict=True)]


def test_the_preview_says_of_every_line_what_would_happen_and_changes_nothing(cast, office):
    place = send(office, cast, FILE)["Location"]
    before = User.objects.count()
    shown = words(office.get(place))
    assert "2 invited, 1 changed, 1 as they are, 2 unknown, 3 in conflict" in shown.lower()
    found = outcomes(office.get(f"{place}?format=csv"))
    assert (len(found), [row for row, fits in zip(found, begins(found), strict=True) if not fits]) == (9, [])
    assert User.objects.count() == before
    with scope(cast.ours):
        assert (Job.objects.filter(kind="portal.invite").count(), RoleRequest.objects.count()) == (0, 0)
    assert mail.outbox == []


def test_the_job_does_what_the_preview_said_and_again_nothing(cast, office):
    place = send(office, cast, FILE)["Location"]
    job = do(office, cast, place)
    assert job.result["sentence"] == "2 invited, 1 changed, 1 as they are, 2 unknown, 3 in conflict."
    told = outcomes(office.get(page(cast.ours, f"/jobs/{job.pk}/file/")))
    assert [row for row, fits in zip(told, begins(told), strict=True) if not fits] == []
    with scope(cast.ours):
        nora = Membership.objects.get(user__email="nora@cast.test")
        assert (nora.department, nora.manager.name, nora.invited_by) == ("Clinical", "Mila Boss", cast.administrator)
        assert RoleRequest.objects.get().role == "qa"
        assert not RoleAssignment.objects.filter(user__email="mila@cast.test").exists()
        assert Job.objects.filter(kind="portal.invite").count() == 2
        event = AuditEvent.objects.get(verb="import")
        assert (event.actor, event.reason) == (cast.administrator, "The new team of autumn.")
    again = words(office.get(place))
    assert "Nothing to do" in again
    assert "4 as they are, 2 unknown, 3 in conflict" in again


def test_a_role_and_a_membership_begin_on_their_day(cast, office):
    place = send(office, cast, HEAD + "ada@cast.test,Ada Soon,,,author,,2199-05-01,,\n")["Location"]
    assert "Ada Soon is invited from 1 May 2199." in words(office.get(place))
    do(office, cast, place)
    with scope(cast.ours):
        member = Membership.objects.get(user__email="ada@cast.test")
        role = RoleAssignment.objects.get(user=member.user)
        assert (member.is_current(), role.is_current()) == (False, False)
        assert {member.starts_at.isoformat(), role.starts_at.isoformat()} == {"2199-04-30T22:00:00+00:00"}
    assert "Nothing to do" in words(office.get(place))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("x@cast.test,X,,,author,,01.02.2030,,", "“01.02.2030” is no day. Write from as 2026-09-21."),
        ("x@cast.test,X,,,author,,,2020-01-01,", "Until 2020-01-01 lies before it begins, or has passed."),
        ("x@cast.test,X,,,author,NW-999,,,", "There is no study “NW-999” here."),
        ("x at cast,X,,,author,,,,", "“x at cast” is no e-mail address (email)."),
        ("x@cast.test,X,,,author,,,,lodger", "“lodger” is neither member nor guest."),
        (f"x@cast.test,{'X' * 151},,,author,,,,", "Name has more than 150 characters."),
        ("x@cast.test,X,,,inspector,,,,", "Inspector is a role until a day. Say until when."),
        ("x@cast.test,X,,,,,,,", "Who is let in needs a role."),
        ("guest@cast.test,,,,reader,,,,member", "Gustav Est is here as guest already."),
    ],
)
def test_a_wrong_line_is_told_in_words(cast, office, line, sentence):
    place = send(office, cast, f"{HEAD}{line}\n")["Location"]
    shown = words(office.get(place))
    assert (sentence in shown, "Nothing to do" in shown) == (True, True)


def test_what_is_no_file_of_members_is_refused_at_once(cast, office):
    for text, sentence in (("name\nAda\n", "The first line lacks email."), (HEAD, "holds no rows")):
        answer = send(office, cast, text)
        assert (answer.status_code, sentence in words(answer)) == (422, True)
    long = HEAD + "x@cast.test,,,,,,,,\n" * 301
    assert "The file holds 301 rows; 300 can be taken at once." in words(send(office, cast, long))


def test_administrators_alone_bring_members(cast, office):
    place = send(office, cast, FILE)["Location"]
    for who in (cast.quality_head, cast.author, cast.guest):
        assert [browse(who).get(each).status_code for each in (place, page(cast.ours, "/members/file/"))] == [403, 403]
        assert browse(who).post(place, {"reason": "x"}).status_code == 403
