"""Settings as people read them: a label and words for each, and what one version changes against another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cqms.configuration.rules import (
    PATTERNS,
    WEEKDAYS,
    DueDefault,
    SecondFactor,
    Settings,
    Signing,
    Table,
    due_defaults,
    tables,
)


@dataclass(frozen=True)
class Line:
    """One setting in words."""

    group: str
    label: str
    words: str


@dataclass(frozen=True)
class Changed:
    """One setting that differs between two versions."""

    label: str
    old: str
    new: str


PROVIDER = "Sign-in with your own provider"


def lines(found: Settings) -> Sequence[Line]:
    """Every setting in words, in the order of the form."""
    provider = tuple(Line(PROVIDER, label, words) for label, words in _provider(found).items())
    return (*_single(found), *provider, *_tables(found))


def changes(before: Settings, after: Settings) -> list[Changed]:
    """What the later settings change, in words."""
    pairs = zip(_single(before), _single(after), strict=True)
    single = [Changed(old.label, old.words, new.words) for old, new in pairs if old.words != new.words]
    provider = _changed_rows(PROVIDER, _provider(before), _provider(after), missing="none")
    return [*single, *provider, *(change for table in _many_lines() for change in _changed_table(table, before, after))]


def in_sentence(found: Sequence[Changed]) -> str:
    """The changes as one text, a line each."""
    return "\n".join(f"{each.label}: {each.old} → {each.new}" for each in found)


def _calendar(found: Settings) -> Sequence[Line]:
    group = "Calendar"
    return (
        Line(group, "Time zone", found.zone),
        Line(group, "Working days", ", ".join(WEEKDAYS[day] for day in found.working_days) or "none"),
        Line(group, "Public holidays of", ", ".join(found.calendars) or "no place"),
        Line(group, "Days without work", ", ".join(f"{day:%-d %b %Y}" for day in found.holidays) or "none"),
    )


def _numbers(found: Settings) -> Sequence[Line]:
    return (
        Line("Numbers of records", "Numbering", PATTERNS[found.number_pattern]),
        Line("Numbers of records", "Digits", str(found.number_digits)),
    )


def _due(found: Settings) -> Sequence[Line]:
    return tuple(Line("Days allowed", each.label, _days(each, found.days_for(each.key))) for each in due_defaults())


def _days(task: DueDefault, count: int) -> str:
    """So many days of a task: "1 day", "5 working days"."""
    return f"{count} {task.counted.replace('days', 'day', 1) if count == 1 else task.counted}"


def _proof(found: Settings) -> Sequence[Line]:
    group = "Signing in and signing"
    return (
        Line(group, "Second factor at sign-in", str(SecondFactor(found.second_factor).label)),
        Line(group, "Proof of a signature", str(Signing(found.signing).label)),
        Line(group, "A session lasts at most", f"{found.session_hours} hours"),
        Line(group, "Signed out when idle for", f"{found.idle_minutes} minutes"),
        Line(group, "Allowed networks", ", ".join(found.allowed_networks) or "every address"),
    )


def _access(found: Settings) -> Sequence[Line]:
    group = "Access"
    return (
        Line(group, "Guests and inspectors stay at most", f"{found.guest_days} days"),
        Line(group, "Sign only with proof of identity", _yes(found.needs_identity_proof)),
        Line(group, "Read only after training on the portal", _yes(found.needs_introduction)),
        Line(group, "Rights a review left open", "end by themselves" if found.suspends_unanswered else "stay"),
    )


def _single(found: Settings) -> Sequence[Line]:
    return (*_calendar(found), *_numbers(found), *_due(found), *_proof(found), *_access(found), *_figures(found))


def _figures(found: Settings) -> Sequence[Line]:
    return tuple(Line("Figures", each.label, found.table(each.key)) for each in tables() if each.one_line)


def _tables(found: Settings) -> Sequence[Line]:
    return tuple(Line(each.label, *row) for each in _many_lines() for row in _rows(found.table(each.key)).items())


def _many_lines() -> Sequence[Table]:
    return [each for each in tables() if not each.one_line]


def _rows(text: str) -> dict[str, str]:
    """The rows of a table by their first cell."""
    cells = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()]
    return {row[0]: " · ".join(row[1:]) for row in cells}


def _provider(found: Settings) -> dict[str, str]:
    """What is decided about the provider, by label; of its secret only which one it is."""
    said = found.provider
    if not said:
        return {}
    return {
        "name": said["name"],
        "issuer": said["issuer"],
        "client id": said["client_id"],
        "client secret": f"the one that is marked {said['secret'][:12]}",
        "domains of work e-mails": ", ".join(said["domains"]),
        "roles by claim": " · ".join(said["rules"]) or "given by hand",
        "people may sign in with it": _yes(said["is_open"]),
    }


def _changed_table(table: Table, before: Settings, after: Settings) -> list[Changed]:
    old, new = _rows(before.table(table.key)), _rows(after.table(table.key))
    return _changed_rows(table.label, old, new, missing="no row")


def _changed_rows(group: str, old: Mapping[str, str], new: Mapping[str, str], *, missing: str) -> list[Changed]:
    return [
        Changed(f"{group}, {key}", old.get(key, missing), new.get(key, missing))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
