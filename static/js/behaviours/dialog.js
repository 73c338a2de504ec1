// data-open="id" opens that dialog. A page fetched into #step-dialog opens as a dialog; without scripts it is a page.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  const closer = event.target.closest("[data-close]");
  const dialog = closer?.closest("dialog");
  if (dialog) { event.preventDefault(); dialog.close(); }
});
document.addEventListener("htmx:afterSettle", (event) => {
  const dialog = event.target.closest?.("#step-dialog");
  if (!dialog) return;
  if (!dialog.open) dialog.showModal();
  const wanted = dialog.querySelector("[data-script]")?.dataset.script;
  if (wanted) import(wanted);
  (dialog.querySelector("[data-focus]") ?? dialog.querySelector("[autofocus]"))?.focus();
});
