"""One step of a workflow as a page: what will happen, what is signed, and the button. In a dialog where scripts run."""

import json
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_htmx.http import HttpResponseClientRedirect

from cqms.audit.ledger.selectors import leaf_hashes
from cqms.audit.models import kind_of
from cqms.audit.refusals import Changed, Denied, Refused, WrongState
from cqms.identity import passkeys, round_trip
from cqms.identity.admission import provider_here
from cqms.identity.providers import ProviderFailed, start
from cqms.reports.manifestations import grouped
from cqms.signatures.content import canonical, digest, signatures_of, verify
from cqms.signatures.models import STATEMENTS, Meaning
from cqms.signatures.proofs import PasskeyAnswer, ProviderAnswer, Subject, nonce_for
from cqms.signatures.services import Session, note_signed
from cqms.ui import forms, kept, once, stale, times
from cqms.ui.components import Diff, SignDialog
from cqms.ui.items import Change
from cqms.ui.step_form import StepForm, host_of, needs_of, new_nonce, use_nonce
from cqms.ui.views.page import Page, in_dialog
from cqms.workflow.engine import Option, Workflow

ASK = "ask-passkey"
BOTH = (
    "First signature of this session: e-mail and password. Later ones ask for the password alone. 21 CFR 11.200(a)(1)"
)


class StepPage(Page):
    """A step, its key taken from the address (`step`). Define `workflow`, `get_record`, `perform` and `record_url`.

    A step that cannot be taken answers 409, or 403 when it is not this person's, with the reason in words. Wrong
    input answers 422. A record that changed meanwhile answers 409 and shows it as it is now. What was typed is shown
    again in each case, passwords excepted.
    """

    template_name = "layouts/step.html"
    fragment = "layouts/step_fragment.html"
    form_class: type[StepForm] = StepForm
    signs_what_is_typed = False
    workflow: Workflow

    def get_record(self) -> Any:
        """Load the record or raise Http404."""
        raise NotImplementedError

    def perform(self, record: Any, form: StepForm) -> None:
        """Call the service with `form.cleaned_data` (revision, reason, …) and `form.credentials()`."""
        raise NotImplementedError

    def record_url(self, record: Any) -> str:
        """Where to go afterwards, and where Cancel leads."""
        raise NotImplementedError

    def initial(self, record: Any) -> dict[str, Any]:
        """Values the form begins with besides the revision."""
        return {}

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        """Further arguments of the form."""
        return {}

    def version(self, record: Any) -> str:
        """Which state of the record is signed."""
        return f"revision {record.revision}"

    def rendition(self, record: Any) -> object:
        """A link to what is signed."""
        return format_html('<a href="{}">Open the record</a>', self.record_url(record))

    def done(self, record: Any, option: Option) -> str:
        """What the page says after the step."""
        word = "Signed" if option.step.signature else "Done"
        return f"{word}: {option.step.label}, {record}."

    @cached_property
    def record(self) -> Any:
        """The record of this request."""
        return self.get_record()

    @property
    def signed(self) -> Any:
        """What a signature of this step covers: the record, or the row of it that the step names."""
        return self.option.step.signed(self.record)

    @cached_property
    def option(self) -> Option:
        """The step as this person sees it. Raises Http404, WrongState, Denied or Refused."""
        try:
            step = self.workflow.step(self.kwargs["step"])
        except KeyError:
            raise Http404 from None
        found = [each for each in self.workflow.available(self.record, self.reader) if each.step == step]
        if not found:
            state = self.workflow.states(self.record.state).label.lower()
            raise WrongState(f"{step.label} is not possible: {self.record} is {state}.")
        if found[0].refusal:
            raise (Denied if isinstance(found[0].refusal, Denied) else Refused)(found[0].why_not)
        return found[0]

    def get_title(self) -> str:
        return f"{self.option.step.label}: {self.record}"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what the step does and asks for, with what was kept when the session ended; consent is given anew."""
        form, found = self.form(), kept.take(request)
        if found:
            form.initial.update(forms.typed(form, found) | {"accepts_binding": False})
        return self.show(form, kept=bool(found) and not form.needs.proved)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the step, or say why it was not taken; or tell a passkey what it shall sign of what is typed."""
        if ASK in request.GET and self.option.step.signature:
            options, nonce = self._challenge(self.as_signed(request.POST))
            return JsonResponse({"request_options": options, "nonce": nonce})
        if "prove" in request.POST and self.option.step.signature:
            return self._to_provider()
        return once.answer_once(request, lambda: self._take(request))

    def _take(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(form, 422)
        try:
            self.perform(self.record, form)
        except Changed as refusal:
            return self.stale(refusal)
        except Refused as refusal:
            forms.add_refusal(form, refusal.sentence, refusal.field)
            return self.show(form, refusal.status)
        except ValidationError as error:
            forms.add_problems(form, error)
            return self.show(form, 422)
        return self.go_on()

    def go_on(self) -> HttpResponse:
        """Say what was done and go to the record."""
        messages.success(self.request, self.done(self.record, self.option))
        if self.option.step.signature:
            note_signed(cast("Session", self.request.session))
            messages.info(self.request, receipt_words(self.signed, self.reader))
            round_trip.spend_proof(self.request.session)
        url = self.record_url(self.record)
        return HttpResponseClientRedirect(url) if in_dialog(self.request) else HttpResponseRedirect(url)

    def stale(self, refusal: Changed) -> HttpResponse:
        """The record as it is now and what was typed, to be looked at and signed anew; else why it is not possible."""
        for name in ("record", "option"):
            self.__dict__.pop(name, None)
        form, sent = self.form(), self.request.POST
        then = stale.record_then(self.record, sent.get("revision"))
        alone = stale.left_alone(self.form(of=then), sent) if then is not None else set()
        found = forms.typed(form, {name: values for name, values in sent.lists() if name not in alone})
        form.initial.update(found | {"accepts_binding": False})
        return self.show(form, refusal.status, changed=refusal.sentence)

    def way_back(self) -> str:
        """To the record; while loading it is what was refused, to the page that led here."""
        return self.record_url(self.record) if "record" in self.__dict__ else ""

    def form(self, *data: Any, of: Any = None) -> StepForm:
        """The form of this step, for this person in this session. The signer enters both components themselves.

        `of` is the record with which it begins, where that is not as it is now.
        """
        record = of or self.record
        initial = {"revision": record.revision, **self.initial(record)}
        needs = needs_of(self.option.step, self.request, self._about())
        given = {"passkey": self._passkey(), "provider": self._provider()} if data else {}
        form = self.form_class(*data, initial=initial, needs=needs, **given, **self.form_kwargs(self.record))
        return cast("StepForm", forms.with_known_people(form, self.reader))

    def _about(self) -> str:
        """Record and step, as a round trip to a provider names them; blank for a step that is not signed."""
        if self.option.step.signature is None:
            return ""
        return f"{kind_of(self.record)}:{self.record.pk}:{self.option.step.key}"

    def _provider(self) -> ProviderAnswer | None:
        """What the provider said for this signature; it counts until the step is taken."""
        about = self._about()
        found = round_trip.proof_about(self.request.session, about) if about else None
        return ProviderAnswer(found["nonce"], found["token"], found["key"]) if found else None

    def _to_provider(self) -> HttpResponse:
        """Keep what was typed and send the person to their provider, which signs a nonce over what will be signed."""
        kept.keep(self.request)
        record, own = self.as_signed(self.request.POST), secrets.token_urlsafe(24)
        subject = Subject(kind_of(record), record.pk, digest(canonical(record)), self.meaning())
        provider = provider_here()
        if provider is None:
            raise Refused("Your organization does not use this sign-in any more.")
        try:
            started = start(provider, round_trip.callback_url(), nonce=nonce_for(subject, own), again=True)
        except ProviderFailed as failed:
            raise Refused(str(failed)) from failed
        more = {"purpose": round_trip.SIGN, "organization": provider.organization_id, "about": self._about(),
                "own_nonce": own, "next": self.request.path}  # fmt: skip
        round_trip.remember(self.request.session, {**started.kept, **more})
        if in_dialog(self.request):
            return HttpResponseClientRedirect(started.url)
        return self.answer(200, "account/away.html", url=started.url, provider=provider.name)

    def _passkey(self) -> PasskeyAnswer | None:
        """What the device answered to the challenge of this page; a nonce counts once."""
        typed = self.request.POST
        if not typed.get("credential"):
            return None
        nonce = typed.get("nonce", "")
        known = nonce if use_nonce(self.request.session, nonce) else ""
        return PasskeyAnswer(host_of(self.request), known, typed["credential"])

    def show(self, form: StepForm, status: int = 200, **context: Any) -> HttpResponse:
        """The page, or the fragment for the dialog."""
        template = self.fragment if in_dialog(self.request) else self.template_name
        return self.answer(status, template, **{**self.around(form), **context})

    def around(self, form: StepForm) -> Mapping[str, Any]:
        """What the templates read."""
        step = self.option.step
        return {
            "form": form,
            "step": step,
            "record": self.record,
            "back": self.record_url(self.record),
            "here": self.request.get_full_path(),
            "kept_field": kept.hidden(self.request),
            "statement": self.statement(form) if step.signature else None,
            "submit": self.submit(form),
            "submit_icon": "sign" if step.signature else "",
            "submit_kind": "danger" if step.kind == "danger" else "primary",
        }

    def submit(self, form: StepForm) -> str:
        """The words of the button; blank where only a passkey signs, which has a button of its own."""
        if self.option.step.signature is None:
            return self.option.step.label
        return f"Sign as {self.reader}" if form.needs.password or form.needs.proved else ""

    def meaning(self) -> Meaning:
        """What the signature will mean."""
        part, step = self.option.part, self.option.step
        return Meaning(cast("str", part.meaning if part and part.meaning else step.signature))

    def passkey(self, form: StepForm) -> SafeString:
        """What asks the device to sign exactly this; words on what to do where there is no way to sign."""
        needs = form.needs
        if not needs.passkey:
            may = needs.password or needs.provider
            return SafeString("") if may else render_to_string("frame/no_way_to_sign.html")
        words = {"kind": "get", "go": f"Sign as {self.reader} with a passkey", "primary": not form.needs.password}
        if self.signs_what_is_typed:
            return render_to_string("frame/passkey.html", {**words, "options_for": self._asking()})
        options, nonce = self._challenge(self.signed)
        return render_to_string("frame/passkey.html", {**words, "options": json.dumps(options), "nonce": nonce})

    def at_provider(self, form: StepForm) -> SafeString:
        """The way to prove it at the organization's provider, or that it was just proved there."""
        if not form.needs.provider:
            return SafeString("")
        return render_to_string("frame/at_provider.html", {"needs": form.needs})

    def as_signed(self, typed: QueryDict) -> Any:
        """What will be signed when the step itself sets some of its signed fields."""
        return self.signed

    def _asking(self) -> str:
        mark = "&" if "?" in self.request.get_full_path() else "?"
        return f"{self.request.get_full_path()}{mark}{ASK}=1"

    def _challenge(self, record: Any) -> tuple[passkeys.Options, str]:
        """What the device is asked to sign of a record, and the nonce in it."""
        nonce = new_nonce(self.request.session)
        subject = Subject(kind_of(record), record.pk, digest(canonical(record)), self.meaning())
        options, _ = passkeys.begin_proof(self.reader, host_of(self.request), subject.challenge(nonce))
        return options, nonce

    def statement(self, form: StepForm) -> SignDialog:
        """What is signed (21 CFR 11.50 and 11.70)."""
        record, meaning = self.signed, self.meaning()
        return SignDialog(
            record=str(record),
            version=self.version(self.record),
            changed=changed_since(record),
            rendition=self.rendition(self.record),
            meaning=STATEMENTS[meaning].format(record=record),
            components=format_html("{}{}{}", forms.fields_of(form), self.at_provider(form), self.passkey(form)),
            time=timezone.now(),
            word=meaning.label,
            hash=digest(canonical(record)),
            hint=BOTH if form.needs.email else "",
        )


def receipt_words(record: Any, signer: Any) -> str:
    """What the signer may keep: with the hash the signature can be asked for later (21 CFR 11.70)."""
    own = [row for row in signatures_of(record) if row.signer_id == signer.pk][-1]
    return f"Receipt of your signature: {grouped(leaf_hashes([own])[own.pk])}"


def changed_since(record: Any) -> object:
    """What changed since the last signature on a record, in words or field by field."""
    signed = signatures_of(record)
    if not signed:
        return "Nobody has signed this record yet."
    last, found = signed[-1], verify(signed[-1], record)
    if found.differences:
        return Diff([Change(each.label, each.signed, each.now) for each in found.differences])
    return format_html("Nothing changed after {} signed on {}.", last.signer_name, times.day(last.signed_at))
