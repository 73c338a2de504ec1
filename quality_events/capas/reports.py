"""The printed report of a CAPA: its first page answers what an inspector asks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cqms.attachments.models import Attachment
from cqms.charts.drawing import draw
from cqms.organizations.scope import day_of
from cqms.signatures.content import signatures_of
from cqms.signatures.models import Meaning, Signature
from quality_events.capas.drawing import effect, fishbone, in_words, whys
from quality_events.capas.measuring import measure
from quality_events.capas.models import Action, Capa, Cause, StageKind
from quality_events.capas.selectors import actions_of, causes_of, extensions_of, stages_of
from quality_events.selectors import files_of_parts, links_of, others_in
from quality_events.types import ReportContent, is_event, type_of

_OPEN = "Not known yet."


def report(capa: Any, reader: Any) -> ReportContent:
    """What happened, extent, why, what was done, when, by whom, did it work, where else; then all of it."""
    causes, found = causes_of(capa), measure(capa)
    drawn = effect(found) if found else None
    pictures = [
        ("Fishbone", fishbone(capa.title, causes)), ("Whys", whys(capa.title, causes)),
        ("Before and after", draw(*drawn) if drawn else None),
    ]  # fmt: skip
    signed = [(StageKind(stage.kind).label, each) for stage in stages_of(capa) for each in signatures_of(stage)]
    signed += [(type_of(capa).noun, each) for each in signatures_of(capa)]
    files = [each for found in files_of_parts(actions_of(capa), reader).values() for each in found]
    others = others_in([each.other for each in links_of(capa, reader)], files)
    return ReportContent(
        _answers(capa, signed), _parts(capa, reader), [(name, each) for name, each in pictures if each],
        [each for _, each in signed], others=others, first_page=True,
    )  # fmt: skip


def _answers(capa: Capa, signed: Sequence[tuple[str, Signature]]) -> list[tuple[str, str]]:
    actions, found = actions_of(capa), measure(capa)
    done = [f"{each.get_kind_display()}: {each.text}. {_done(each)}" for each in actions]
    worked = [f"{capa.get_state_display()}.", capa.result, *(found.sentences() if found else [])]
    return [
        ("What happened?", capa.description),
        ("How far did it reach?", capa.extent or _OPEN),
        ("Why?", "\n".join([capa.root_cause or _OPEN, *in_words(causes_of(capa))])),
        ("What was done?", "\n".join([*filter(None, [capa.interim]), *done]) or _OPEN),
        ("When?", _when(capa, signed)),
        ("By whom?", _by_whom(capa, actions, signed)),
        ("Did it work?", " ".join(filter(None, worked))),
        ("Where else could it happen?", capa.elsewhere or _OPEN),
    ]


def _done(action: Action) -> str:
    """What shows that it was done, and the day, where we are; words of evidence may be missing where files are."""
    if action.done_at is None:
        return "Not done yet."
    return f"{action.evidence} Done on {day_of(action.done_at):%-d %b %Y}.".strip()


def _by_whom(capa: Capa, actions: Sequence[Action], signed: Sequence[tuple[str, Signature]]) -> str:
    """Who answers for it, who acted, and who signed, each once."""
    named = {
        "Owner": [capa.owner.name], "Actions": sorted({each.owner.name for each in actions}),
        "Signed by": list(dict.fromkeys(each.signer_name for _, each in signed)),
    }  # fmt: skip
    return " ".join(f"{words}: {', '.join(names)}." for words, names in named.items() if names)


def _when(capa: Capa, signed: Sequence[tuple[str, Signature]]) -> str:
    days = [f"Known since {capa.aware_on:%-d %b %Y}, opened on {capa.opened_on:%-d %b %Y}"]
    days += [f"{what} {Meaning(each.meaning).in_sentence} on {each.signed_at:%-d %b %Y}" for what, each in signed]
    return "; ".join(days) + "."


def _parts(capa: Capa, reader: Any) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    actions = actions_of(capa)
    files = files_of_parts(actions, reader)
    plan = [
        (f"{each.get_kind_display()}, {each.owner.name}, due {each.due_on:%-d %b %Y}", _action(each, files[each.pk]))
        for each in actions
    ]
    causes = [(each.get_weight_display(), _cause(each)) for each in causes_of(capa)]
    return [
        ("Causes with their evidence", causes), ("Plan", plan), ("Criterion", _criterion(capa)),
        ("Extensions", _extensions(capa)), ("Iterations before", _before(capa)), ("Linked with", _links(capa, reader)),
    ]  # fmt: skip


def _action(action: Action, files: Sequence[Attachment]) -> str:
    evidence = [action.evidence or "none yet", *(f"{each.name} ({each.file.sha256})" for each in files)]
    return f"{action.text}. Deliverable: {action.deliverable}. Evidence: {', '.join(evidence)}"


def _cause(cause: Cause) -> str:
    evidence = cause.evidence or (cause.file.name if cause.file else "none")
    return f"{cause.text}. {cause.get_bone_display()}. Evidence: {evidence}"


def _criterion(capa: Capa) -> list[tuple[str, str]]:
    if not capa.metric:
        return []
    return [
        ("Metric", capa.metric), ("Baseline", capa.baseline), ("Target, at most", _plain(capa.target)),
        ("Sample or period", capa.sample),
        ("Data source", f"{capa.get_data_source_display()} {capa.data_words}".strip()),
        ("Measured until", f"{capa.check_on:%-d %b %Y}" if capa.check_on else ""),
    ]  # fmt: skip


def _plain(target: Decimal | None) -> str:
    """A figure without zeros that say nothing: "2", "0.25"."""
    return f"{target.normalize():f}" if target is not None else ""


def _extensions(capa: Capa) -> list[tuple[str, str]]:
    words = {True: "granted", False: "refused", None: "not decided"}
    return [
        (f"{each.due_before:%-d %b %Y} to {each.due_wanted:%-d %b %Y}, {words[each.granted]}",
         f"{each.why} Interim control: {each.interim_control} Risk: {each.risk}")
        for each in extensions_of(capa)
    ]  # fmt: skip


def _before(capa: Capa) -> list[tuple[str, str]]:
    earlier = stages_of(capa).filter(iteration__lt=capa.iteration)
    told = {StageKind.ANALYSIS: "root_cause", StageKind.EFFECTIVENESS: "result"}
    return [(str(each), str(each.content[told[StageKind(each.kind)]])) for each in earlier if each.kind in told]


def _links(capa: Capa, reader: Any) -> list[tuple[str, str]]:
    return [
        (each.other.number, f"{type_of(each.other).noun}: {each.other.title}. {each.link.why}")
        for each in links_of(capa, reader) if is_event(each.other._meta.label_lower)
    ]  # fmt: skip
