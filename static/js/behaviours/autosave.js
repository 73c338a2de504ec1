// Keeps a draft of a form in this browser tab until the server has it, and brings it back when the page is opened again.
// The key names form and person. A draft that was sent is dropped by the next page that is not its form.
const PREFIX = "draft:";
const forms = [...document.querySelectorAll("form[data-autosave]")];
const keyOf = (form) => PREFIX + form.dataset.autosave;
const isTyped = (element) => element.name && !["hidden", "password", "file", "submit"].includes(element.type);

for (const key of Object.keys(sessionStorage)) {
  if (!key.startsWith(PREFIX) || forms.some((form) => keyOf(form) === key)) continue;
  if (JSON.parse(sessionStorage.getItem(key)).sent) sessionStorage.removeItem(key);
}

for (const form of forms) {
  const note = form.querySelector("[data-saved]");
  const say = (words) => { if (note) note.textContent = words; };
  const boxes = () => [...form.elements].filter(isTyped);
  let timer;

  const keep = (sent) => {
    const values = boxes().map((box) => [box.name, box.value, box.checked === true]);
    sessionStorage.setItem(keyOf(form), JSON.stringify({ sent, values }));
  };
  const put = (box, value, checked) => {
    if (box.type === "checkbox" || box.type === "radio") { if (box.value === value) box.checked = checked; }
    else if (!box.multiple) box.value = value;
  };
  const bringBack = () => {
    const draft = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "null");
    if (!draft) return;
    for (const [name, value, checked] of draft.values) for (const box of boxes()) if (box.name === name) put(box, value, checked);
    say("Your draft is back");
  };

  if (form.dataset.given === undefined) bringBack();
  form.addEventListener("submit", () => { clearTimeout(timer); keep(true); });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { keep(false); say(`Draft kept in this tab at ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`); }, 600);
  });
}
