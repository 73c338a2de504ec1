"""Compares everything with everything: rows with leaves, leaves with the tree, the tree with every signed head.

Nothing is believed because it is stored. What cannot be found this way – an edit before sealing, or a log rolled back
together with every copy of its newest checkpoints – is found by the receipts of signers and by witnesses.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import models

from cqms.audit import standing
from cqms.audit.ledger import comparing, keys, witnesses
from cqms.audit.ledger.merkle import HASH_BYTES, BadProof, Frontier, Tree, check_consistency, perfect_root
from cqms.audit.ledger.models import HandoverKind, LedgerCheckpoint, LedgerHandover, LedgerKey, LedgerTile
from cqms.audit.ledger.notes import BadNote, Checkpoint, open_note
from cqms.audit.ledger.rows import Sources
from cqms.audit.ledger.selectors import checkpoint_covering, newest_checkpoint
from cqms.audit.ledger.tiles import WIDTH, WIDTH_BITS, MissingNode, StoredNodes, stored_peaks
from cqms.audit.ledger.timestamps import StampRefused, check_stamp, is_configured
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope

CHUNK = WIDTH * 100
"""Entries that are looked at in one go."""

_further: list[Callable[[], Iterator[str]]] = []

Say = Callable[[str, int, int], None]
"""Told what is looked at, how far it is, and how far it goes."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was sealed, in a sentence. `position` is the entry, where there is one."""

    sentence: str
    position: int | None = None


@dataclass
class Verdict:
    """What a verification found. `remarks` are what could not be looked at; they are no differences.

    Nor are `redactions`: what two people had taken out of the trail, in words.
    """

    organization: Organization
    entries: int = 0
    waiting: int = 0
    checkpoints: int = 0
    differences: list[Difference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    redactions: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """True when everything is what was sealed."""
        return not self.differences


def verify_besides(question: Callable[[], Iterator[str]]) -> None:
    """Let every verification ask this, too, inside the scope: it answers with a sentence for each difference."""
    if question not in _further:
        _further.append(question)


def verify(organization: Organization, *, since: dt.datetime | None = None, say: Say | None = None) -> Verdict:
    """Verify the log of an organization, or what was sealed since a moment, in one transaction.

    The order of the differences is that of the questions: what the database answers with, keys, heads, rows, tree, what
    is missing, live rows, witnesses.
    """
    with scope(organization):
        run = _Run(organization, since, say or (lambda *_: None))
        for difference in run.differences():
            run.verdict.differences.append(difference)
        return run.verdict


class _Run:
    """One verification, inside a scope."""

    def __init__(self, organization: Organization, since: dt.datetime | None, say: Say) -> None:
        self.say, self.verdict = say, Verdict(organization)
        self.sources = Sources()
        head = newest_checkpoint()
        self.size = head.size if head else 0
        before = LedgerCheckpoint.objects.filter(sealed_at__lt=since).order_by("-size").first() if since else None
        self.start = before.size if before else 0
        self.verdict.entries = self.size - self.start

    def differences(self) -> Iterator[Difference]:
        """Every difference, question by question."""
        unbelievable = [*map(Difference, standing.what_bends_a_verification()),
                        *self._found(comparing.layouts_that_do_not_fit(self.sources))]  # fmt: skip
        if unbelievable:
            self.verdict.remarks.append("Nothing else was looked at: what the database answers cannot be believed.")
        yield from unbelievable or self._answers()

    def _answers(self) -> Iterator[Difference]:
        yield from self._keys()
        yield from self._heads()
        yield from self._leaves()
        yield from self._tiles_above()
        yield from self._proofs()
        yield from self._unsealed()
        yield from self._found(comparing.tombstones_not_approved(self.sources))
        self.verdict.redactions = comparing.redactions_in_words()
        self.say("live rows", 0, 0)
        yield from self._found(comparing.live_rows_that_differ())
        yield from self._found(comparing.states_that_differ())
        yield from (Difference(sentence) for question in _further for sentence in question())
        yield from self._witnesses()
        yield from self._stamps()

    def _keys(self) -> Iterator[Difference]:
        chain = list(LedgerKey.objects.order_by("pk"))
        known = keys.known_verifiers()
        if chain and not known:
            self.verdict.remarks.append("There is no key file here, so the keys are those that the database names.")
        for before, key in zip([None, *chain], chain, strict=False):
            if known and key.verifier not in known:
                yield Difference(f"{key} was never made by this installation: there is no file of it.")
            if before is not None and key.name != before.name:
                yield Difference(f"{key} has another name than the key before it.")
            if before is not None and not key.endorsement:
                self.verdict.remarks.append(f"{key} replaced a lost key, which could not endorse it.")
            elif before is not None and not keys.endorses(key, before):
                yield Difference(f"{key} is not endorsed by the key before it.")

    def _heads(self) -> Iterator[Difference]:
        trusted = [key.verifier for key in LedgerKey.objects.all()]
        last: Checkpoint | None = None
        for stored in self._checkpoints().select_related("key"):
            self.verdict.checkpoints += 1
            try:
                told = Checkpoint.parse(open_note(stored.note, *trusted))
            except BadNote as problem:
                yield Difference(f"{stored}: {problem}")
                continue
            columns = (stored.key.name, stored.size, bytes(stored.root), stored.sealed_at)
            if (told.origin, told.size, told.root, told.sealed_at) != columns:
                yield Difference(f"{stored}: the signed text says something else than the row.")
            if last is not None and told.sealed_at < last.sealed_at:
                yield Difference(f"{stored} was sealed before a smaller one.")
            last = told

    def _leaves(self) -> Iterator[Difference]:
        """Every row, then every leaf on its way to each signed root."""
        frontier = Frontier(stored_peaks(self.start), self.start)
        roots = {each.size: bytes(each.root) for each in self._checkpoints()}
        for low in range(self.start, self.size, CHUNK):
            high = min(low + CHUNK, self.size)
            self.say("entries", low - self.start, self.size - self.start)
            yield from self._found(comparing.rows_that_differ(self.sources, low, high))
            leaves = comparing.leaf_hashes(low, high)
            if leaves is None:
                yield Difference(f"Between entry {low} and entry {high} positions are missing or double.")
                return
            yield from self._tree(frontier, low, leaves, roots)
        self.say("entries", self.size - self.start, self.size - self.start)
        yield from self._found(comparing.leaves_beyond_the_head())

    def _tree(self, frontier: Frontier, low: int, leaves: list[bytes], roots: dict[int, bytes]) -> Iterator[Difference]:
        for leaf in leaves:
            frontier.add(leaf)
            expected = roots.get(frontier.size)
            if expected is not None and expected != frontier.root():
                yield Difference(f"The leaves do not lead to the checkpoint at {frontier.size} entries.", frontier.size)
        first, last = -(-low >> WIDTH_BITS), (low + len(leaves)) >> WIDTH_BITS
        stored = {each.position: each for each in LedgerTile.objects.filter(
            level=0, position__gte=first, position__lt=last)}  # fmt: skip
        for position in range(first, last):
            block = leaves[(position << WIDTH_BITS) - low :][:WIDTH]
            yield from _tile_differs(stored.get(position), 0, position, block)

    def _tiles_above(self) -> Iterator[Difference]:
        level, count = 1, self.size >> WIDTH_BITS
        while count >> WIDTH_BITS:
            below = [bytes(root) for root in LedgerTile.objects.filter(level=level - 1, position__lt=count)
                     .order_by("position").values_list("root", flat=True)]  # fmt: skip
            stored = {each.position: each for each in LedgerTile.objects.filter(level=level)}
            for position in range(count >> WIDTH_BITS):
                block = below[position << WIDTH_BITS : (position + 1) << WIDTH_BITS]
                yield from _tile_differs(stored.get(position), level, position, block)
            level, count = level + 1, count >> WIDTH_BITS
        for tile in LedgerTile.objects.order_by("level", "position"):
            if (tile.position + 1) << (WIDTH_BITS * (tile.level + 1)) > self.size:
                yield Difference(f"{tile} stands for entries that the log does not have.")

    def _proofs(self) -> Iterator[Difference]:
        """Each head continues the one before it, as the proof that others get says."""
        nodes, before = StoredNodes(), None
        for number, head in enumerate(self._checkpoints()):
            self.say("checkpoints", number, self.verdict.checkpoints)
            if before is not None:
                try:
                    path = Tree(nodes, head.size).consistency(before.size)
                    check_consistency(before.size, head.size, bytes(before.root), bytes(head.root), path)
                except (BadProof, MissingNode, IndexError):
                    yield Difference(f"{head} does not continue the one at {before.size} entries.", before.size)
            before = head

    def _unsealed(self) -> Iterator[Difference]:
        self.say("rows that wait", 0, 0)
        self.verdict.waiting = comparing.count_waiting()
        yield from self._found(comparing.waiting_rows_that_differ(self.sources))
        yield from self._found(comparing.rows_without_leaf(self.sources))

    def _witnesses(self) -> Iterator[Difference]:
        stored = {each.size: bytes(each.root) for each in LedgerCheckpoint.objects.all()}
        trusted = [key.verifier for key in LedgerKey.objects.all()]
        held: set[int] = set()
        for place, note in witnesses.held_in_folder(self.verdict.organization):
            try:
                told = Checkpoint.parse(open_note(note, *trusted))
            except BadNote as problem:
                yield Difference(f"A checkpoint in {place}: {problem}")
                continue
            held.add(told.size)
            if told.size > self.size:
                yield Difference(f"A witness holds a checkpoint at {told.size} entries; the log ends at {self.size}.")
            elif stored.get(told.size) != told.root:
                yield Difference(f"A witness holds another checkpoint at {told.size} entries than the log.")
        for size in sorted(witnesses.given_to_folder() - held):
            yield Difference(f"The checkpoint at {size} entries was given to the witness, who does not hold it.")

    def _stamps(self) -> Iterator[Difference]:
        stamped = LedgerHandover.objects.filter(kind=HandoverKind.TIME_STAMP, checkpoint__size__gte=self.start)
        if not is_configured():
            if stamped.exists():
                self.verdict.remarks.append("Time stamps were not looked at: CQMS_TIME_STAMP_ROOTS is not set.")
            return
        for each in stamped.select_related("checkpoint").order_by("pk"):
            try:
                check_stamp(each.checkpoint.note, bytes(each.token))
            except StampRefused as problem:
                yield Difference(f"{each.checkpoint}: {problem}")

    def _found(self, problems: Iterator[comparing.Problem]) -> Iterator[Difference]:
        for problem in problems:
            sealed = checkpoint_covering(problem.position) if problem.position is not None else None
            when = f", sealed {sealed.sealed_at:%Y-%m-%d %H:%M:%S} UTC" if sealed else ""
            entry = f"Entry {problem.position}{when}: " if problem.position is not None else ""
            words = f"{entry}{problem.words}"
            yield Difference(words[0].upper() + words[1:], problem.position)

    def _checkpoints(self) -> "models.QuerySet[LedgerCheckpoint]":
        """The heads that are looked at: those after the start, and the one at it."""
        found: models.QuerySet[LedgerCheckpoint] = LedgerCheckpoint.objects.filter(
            size__gte=self.start, size__lte=self.size
        )
        return found.order_by("size")


def _tile_differs(tile: LedgerTile | None, level: int, position: int, block: list[bytes]) -> Iterator[Difference]:
    name = f"Tile {position} of level {level}"
    if tile is None:
        yield Difference(f"{name} is missing.")
    elif len(block) != WIDTH or bytes(tile.hashes) != b"".join(block) or len(tile.hashes) != WIDTH * HASH_BYTES:
        yield Difference(f"{name} does not hold the hashes below it.")
    elif bytes(tile.root) != perfect_root(block):
        yield Difference(f"{name} has a wrong root.")
