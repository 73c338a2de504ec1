"""The form page: what was typed is never lost."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac

from cqms.audit.refusals import Changed, Refused
from cqms.ui import forms, kept, once, stale
from cqms.ui.views.page import Page


class FormPage(Page):
    """An input form. Define `form_class` and `save`; for an existing record also `get_record` and `initial`.

    Invalid input answers 422 with a summary. A refusal of the service stands beside its field or on top. A record
    that somebody changed meanwhile answers 409 with both versions and the input in place. Input that came after the
    session had ended is shown again after sign-in. Where the record takes no input any more, the words are given back.
    """

    template_name = "layouts/form.html"
    stale_template = "layouts/stale.html"
    form_class: type[BaseForm]
    submit = "Save"
    cancel_url = ""
    lede = ""
    autosave = True

    def get_record(self) -> Any:
        """The record that is changed, None while a new one is written. May raise Http404."""
        return None

    def initial(self, record: Any) -> dict[str, Any]:
        """The values the form begins with."""
        return {}

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        """Further arguments of the form."""
        return {}

    def save(self, form: Any, record: Any) -> str:
        """Call the service with clean data; answer the address to go to. Refused and ValidationError are shown."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, with what was kept when the session ended."""
        record = self.get_record()
        initial, found = self.begin_with(record), kept.take(request)
        form = self.fill(initial=initial, **self.form_kwargs(record))
        if found:
            form.initial.update(forms.typed(form, found))
        return self.show(form, record, kept=bool(found))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check, save and go on; or give everything back with what is wrong. Sent twice, it is done once."""
        return once.answer_once(request, self._take)

    def _take(self) -> HttpResponse:
        request, record = self.request, self.get_record()
        form = self.fill(request.POST, request.FILES, initial=self.begin_with(record), **self.form_kwargs(record))
        if not form.is_valid():
            return self.show(form, record, status=422)
        try:
            return HttpResponseRedirect(self.save(form, record))
        except Changed as refusal:
            return self.stale(form, refusal)
        except Refused as refusal:
            forms.add_refusal(form, refusal.sentence, refusal.field)
            return self.show(form, record, status=refusal.status)
        except ValidationError as error:
            forms.add_problems(form, error)
            return self.show(form, record, status=422)

    def fill(self, *data: Any, **options: Any) -> Any:
        """The form, blank or with what was sent; whoever was let in to one study is offered the people of it."""
        return forms.with_known_people(self.form_class(*data, **options), self.request.user)

    def way_back(self) -> str:
        return self.cancel_url

    def begin_with(self, record: Any) -> dict[str, Any]:
        """The initial values and, for an existing record, its revision."""
        revision = {"revision": record.revision} if record is not None else {}
        return {**revision, **self.initial(record)}

    def show(self, form: Any, record: Any, status: int = 200, **context: Any) -> HttpResponse:
        """The page with its form; what is wrong stands in it."""
        if form.is_bound:
            forms.ask_for_files_again(form)
        return self.answer(status, **{**self.around(form, record), **context})

    def around(self, form: Any, record: Any) -> Mapping[str, Any]:
        """What the template reads."""
        draft = f"{self.request.user.pk}:{self.request.path}" if self.autosave else ""
        seal = b64encode(salted_hmac("cqms.ui.drafts", draft, algorithm="sha256").digest()).decode() if draft else ""
        return {
            "form": form,
            "record": record,
            "lede": self.lede,
            "submit": self.submit,
            "cancel_url": self.cancel_url,
            "autosave": draft,
            "draft_key": seal,
            "given": form.is_bound,
            "kept_field": kept.hidden(self.request),
        }

    def stale(self, form: Any, refusal: Changed) -> HttpResponse:
        """Both versions side by side of what this person changed; the form has it on top of what is saved now."""
        record = self.get_record()
        saved, options = self.begin_with(record), self.form_kwargs(record)
        then = stale.record_then(record, form.cleaned_data.get("revision"))
        began = self.begin_with(then) if then is not None else {}
        alone = stale.left_alone(self.fill(initial=began, **options), form.data) if then is not None else set()
        rows, others = stale.two_versions(form, saved, alone), stale.meanwhile(form, began, saved, alone)
        again = stale.on_saved(form, self.fill(initial=saved, **options), alone)
        forms.ask_for_files_again(again)
        context = {**self.around(again, record), "given": True, "autosave": "", "versions": rows, "others": others}
        return self.answer(409, self.stale_template, **context, sentence=refusal.sentence)
