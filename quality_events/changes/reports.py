"""The printed report of a change: its first page answers what an inspector asks."""

from collections.abc import Sequence
from typing import Any

from cqms.attachments.services import attachments_of
from cqms.signatures.content import signatures_of
from cqms.signatures.models import Meaning, Signature
from quality_events.changes.models import ChangeControl, Regulatory
from quality_events.changes.selectors import (
    assessments_of,
    counting,
    signatures_on,
    stages_of,
    tasks_of,
)
from quality_events.presentation import words_of
from quality_events.selectors import files_of_parts, links_of, others_in
from quality_events.types import ReportContent

_OPEN = "Not known yet."
_REGULATORY = {
    "": "not screened yet", Regulatory.NONE: "nothing is asked of them", Regulatory.NOTIFICATION: "they are notified",
    Regulatory.APPROVAL: "they approve it first, as a substantial modification",
}  # fmt: skip


def report(change: Any, reader: Any) -> ReportContent:
    """What is changed, why, what it does, how it was approved, done, tested and released, and whether it works."""
    parts = (signatures_on(assessments_of(change)), signatures_on(list(stages_of(change))))
    found = [signature for by_part in parts for rows in by_part.values() for signature in rows]
    signatures = sorted([*found, *signatures_of(change)], key=lambda each: each.signed_at)
    files = [each for rows in files_of_parts(tasks_of(change), reader).values() for each in rows]
    others = others_in([each.other for each in links_of(change, reader)], [*files, *attachments_of(change, reader)])
    return ReportContent(
        _answers(change, signatures), _parts(change, reader), signatures=signatures, others=others, first_page=True
    )


def _answers(change: ChangeControl, signatures: Sequence[Signature]) -> list[tuple[str, str]]:
    said = [f"{each.get_function_display()}: {each.get_verdict_display() or 'asked'}." for each in
            counting(assessments_of(change))]  # fmt: skip
    signed = [f"{each.record_label}: {Meaning(each.meaning).in_sentence} by {each.signer_name} on "
              f"{each.signed_at:%-d %b %Y}." for each in signatures]  # fmt: skip
    outcome = f"{change.get_outcome_display()}." if change.outcome else "Nobody has looked back on it yet."
    worked = [f"{change.get_state_display()}.", outcome, change.review]
    return [
        ("What is changed?", f"{change.get_kind_display()}: {change.subject_matter}.\n{change.description}"),
        ("Why?", change.justification),
        ("What does it do, and to whom?", "\n".join([*said, *filter(None, [change.unconcerned])]) or _OPEN),
        ("How is it done, tested and undone?", "\n".join(filter(None, [
            change.approach, change.regression_scope, change.rollback_plan])) or _OPEN),
        ("What was done?", "\n".join(filter(None, [change.result, change.config_diff])) or _OPEN),
        ("Who decided, and when?", "\n".join(signed) or _OPEN),
        ("May it be used?", _conditions(change)),
        ("Does it work?", " ".join(filter(None, worked))),
    ]  # fmt: skip


def _conditions(change: ChangeControl) -> str:
    said = [f"Authorities and ethics committees: {_REGULATORY[change.regulatory]}."]
    if change.regulatory_on:
        said.append(f"{change.regulatory_reference}, {change.regulatory_on:%-d %b %Y}.")
    if change.training_evidence:
        said.append(f"Training: {change.training_evidence}.")
    if change.expires_on:
        said.append(f"It ends on {change.expires_on:%-d %b %Y}.")
    if change.reversed_on:
        said.append(f"Undone on {change.reversed_on:%-d %b %Y}: {change.reversal_evidence}.")
    return " ".join(said)


def _parts(change: ChangeControl, reader: Any) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    tasks = tasks_of(change)
    files = files_of_parts(tasks, reader)
    said = [(f"{each.get_function_display()}, {each.owner.name}", _finding(each)) for each in assessments_of(change)]
    done = [(f"{each.owner.name}, due {each.due_on:%-d %b %Y}", _evidence(each, files[each.pk])) for each in tasks]
    links = [
        (words_of(each.other)[0], f"{words_of(each.other)[1]}: {each.link.why}") for each in links_of(change, reader)
    ]
    attached = [(each.name, each.file.sha256) for each in attachments_of(change, reader)]
    return [
        ("About this record", _about(change)), ("Impact", said), ("Tasks", done), ("Linked with", links),
        ("Files with their SHA-256", attached),
    ]  # fmt: skip


def _about(change: ChangeControl) -> list[tuple[str, str]]:
    return [
        ("Study", change.study.number if change.study else "none"),
        ("Site", f"{change.site.number} {change.site.name}" if change.site else "none"),
        ("Requested by", change.reporter.name),
        ("Owner", change.owner.name),
        ("Owner of what is changed", change.system_owner.name if change.system_owner else "not named yet"),
        ("Emergency", "yes" if change.emergency else "no"),
        ("Risk class", change.get_risk_class_display() or "no system"),
    ]


def _finding(assessment: Any) -> str:
    measures = f" Measures: {assessment.measures}" if assessment.measures else ""
    return f"{assessment.get_verdict_display() or 'Asked'}. {assessment.finding}{measures}"


def _evidence(task: Any, files: Sequence[Any]) -> str:
    found = [task.evidence, *(f"{each.name} ({each.file.sha256})" for each in files)]
    return f"{task.text}. Evidence: {', '.join(filter(None, found)) or 'none yet'}"
