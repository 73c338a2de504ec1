"""Reviews of the trail in words and components, for pages and panels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.organizations.capabilities import Capability
from cqms.records.story import Told, seen_by, with_signatures
from cqms.search.kinds import Entry
from cqms.signatures.content import signatures_of
from cqms.trail_reviews.flags import RULES
from cqms.trail_reviews.models import FlagKind, ReviewState, TrailComment, TrailFlag, TrailReview
from cqms.trail_reviews.policies import may_read_entries
from cqms.trail_reviews.selectors import comments_of, entries_of, flags_at, is_unchanged, last_and_next
from cqms.trail_reviews.workflow import TRAIL_REVIEW
from cqms.ui import times
from cqms.ui.atoms import Badge, Button
from cqms.ui.components import Checks, Facts, Lifecycle, Timeline
from cqms.ui.items import Check, Stage, TimelineEntry
from cqms.ui.story import address, choice_chip, entry_of, kinds_of_records, manifestation, number

SIZE = 10
_HERE = "#entries"
_STAGES = (ReviewState.PLANNED, ReviewState.RUNNING, ReviewState.REVIEWED)


def review_path(review: TrailReview, view: str = "trail_reviews:review", **more: Any) -> str:
    """The address of a review, or of something that belongs to it."""
    return reverse(view, kwargs={"number": review.number, **more})


def badge_of(review: TrailReview) -> Badge:
    """The state with its tone."""
    return Badge(review.get_state_display(), TRAIL_REVIEW.tones[review.state])


def found_review(review: TrailReview) -> Entry:
    """What search says of a review."""
    tone = TRAIL_REVIEW.tones[review.state]
    return Entry(review.number, review.title, review.why_critical, review.get_state_display(), tone)


def lifecycle(review: TrailReview) -> Lifecycle | None:
    """Where the review is; a cancelled one is nowhere."""
    if review.state not in _STAGES:
        return None
    return Lifecycle([Stage(each.label) for each in _STAGES], review.get_state_display())


def review_page(review: TrailReview, request: HttpRequest) -> dict[str, object]:
    """What the page of a review shows."""
    reads = may_read_entries(request.user, review)
    return {
        "number": review.number,
        "title": review.title,
        "badge": badge_of(review),
        "owner": review.owner,
        "due": review.due_on if review.state in (ReviewState.PLANNED, ReviewState.RUNNING) else None,
        "facts": Facts(_facts(review)),
        "flags": Checks(_flags(review)) if review.entry_count else None,
        "signatures": [manifestation(each) for each in signatures_of(review)],
        "entries": entries_page(review, request) if reads and review.up_to is not None else None,
        "unread": "" if reads else may_read_entries.refusal,
    }


def _facts(review: TrailReview) -> list[tuple[str, object]]:
    kinds = kinds_of_records()
    rows: list[tuple[str, object]] = [
        ("Trail of", review.place_label),
        ("Why critical", review.why_critical),
        ("Entries from", times.day(review.starts_on)),
        ("Entries until", times.day(review.ends_on)),
        ("Records", ", ".join(kinds.get(each, each) for each in review.kinds) or "all"),
        ("How often", review.get_frequency_display()),
        ("Follows", _link(review.follows) if review.follows else "nothing before"),
    ]
    if review.up_to is not None:
        rows += [
            ("Entries", f"{review.entry_count:,}, up to number {review.up_to:,}"),
            ("Lanes", ", ".join(review.lanes)),
            ("SHA-256", review.content_sha256),
            ("The query today", "gives the same entries" if is_unchanged(review) else "gives other entries than then"),
        ]
    if review.conclusion:
        rows.append(("Conclusion", review.conclusion))
    return rows


def _link(review: TrailReview) -> SafeString:
    return format_html('<a href="{}">{}</a>', review_path(review), review.number)


def _flags(review: TrailReview) -> list[Check]:
    rows = []
    for kind in FlagKind:
        count = review.flag_counts.get(kind.value, 0)
        words = f"{count:,} {'entry' if count == 1 else 'entries'}" if count else "none"
        rows.append(Check("warn" if count else "good", f"{kind.label}: {words}", RULES[kind]))
    return rows


def entries_page(review: TrailReview, request: HttpRequest) -> dict[str, object]:
    """A page of the frozen entries that the reader may see, newest first, with flags and comments."""
    rows = seen_by(request.user, entries_of(review), Capability.INSPECT)
    flag, older = request.GET.get("flag", ""), request.GET.get("before", "")
    if flag in FlagKind.values:
        rows = rows.filter(pk__in=TrailFlag.objects.filter(review=review, kind=flag).values("entry"))
    if flag == "commented":
        rows = rows.filter(pk__in=comments_of(review, request.user).values("entry"))
    rows = rows.filter(pk__lt=number(older)) if older.isdecimal() else rows
    found = list(rows.order_by("-id")[: SIZE + 1])
    more = len(found) > SIZE
    options = {**dict(FlagKind.choices), "commented": "With a comment"}
    return {
        "chip": choice_chip(request, "Flagged", "flag", options, "Every entry", _HERE),
        "timeline": Timeline(_told(review, with_signatures(found[:SIZE]), request.user)) if found else None,
        "newest": address(request, _HERE) if older else "",
        "older": address(request, _HERE, before=str(found[SIZE - 1].pk)) if more else "",
    }


def _told(review: TrailReview, told: Sequence[Told], reader: User) -> list[TimelineEntry]:
    pks = [each.event.pk for each in told]
    flags, said = flags_at(review, pks), {pk: [] for pk in pks}
    for each in comments_of(review, reader).filter(entry__in=pks):
        said[each.entry_id].append(each)
    comments = review.state == ReviewState.RUNNING and review.owner_id == reader.pk
    shown = []
    for each in told:
        entry = entry_of(each, named=True)
        parts = [entry.body, _flag_words(flags[each.event.pk]), *(comment_words(one) for one in said[each.event.pk])]
        if comments:
            href = review_path(review, "trail_reviews:comment", entry=each.event.pk)
            parts.append(format_html("<p>{}</p>", Button("Comment", small=True, icon="edit", href=href)))
        shown.append(replace(entry, body=SafeString("".join(str(part) for part in parts))))
    return shown


def _flag_words(flags: Sequence[TrailFlag]) -> SafeString:
    badges = [(Badge(each.get_kind_display(), "warn"),) for each in flags]
    return format_html("<p>{}</p>", format_html_join(" ", "{}", badges)) if badges else SafeString("")


def comment_words(found: TrailComment) -> SafeString:
    """A comment and its answer."""
    asked = format_html(", to {}", found.concerns) if found.concerns else ""
    answer = ""
    if found.answered_at:
        answer = format_html('<p class="reason"><b>{}:</b> {}</p>', _who_answered(found), found.answer)
    elif found.concerns:
        answer = SafeString('<p class="muted">Not answered yet.</p>')
    return format_html('<p class="reason"><b>{}{}:</b> {}</p>{}', found.author, asked, found.text, answer)


def _who_answered(found: TrailComment) -> str:
    by = found.answered_by or found.concerns
    return f"{by}" if by == found.concerns else f"{by}, for {found.concerns}"


def place_panel(request: HttpRequest, record: Any) -> dict[str, object]:
    """When the trail of a place was reviewed last, and when it will be next; for a panel on its page."""
    return {"facts": Facts(review_facts(request.user, kind_of(record), record.pk))}


def review_facts(reader: User, kind: str, pk: int) -> list[tuple[str, object]]:
    """When the trail of a place was reviewed last, and when it will be next."""
    done, planned = last_and_next(reader, kind, pk)
    last = (
        format_html("{} by {}, entries until {}", _link(done), done.owner, times.day(done.ends_on)) if done else "never"
    )
    due = (
        format_html("{} by {}, due {}", _link(planned), planned.owner, times.day(planned.due_on))
        if planned
        else "none planned"
    )
    return [("Last reviewed", last), ("Next review", due)]
