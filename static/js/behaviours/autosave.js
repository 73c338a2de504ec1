// Keeps a draft of a form in this browser tab until the server has it, and brings it back when the page is opened again.
// An entry is named by form and person. It is sealed (AES-GCM) with a key that the page of the form alone has, so that
// the storage of a browser holds nothing to be read. A draft that was sent is dropped by the next page that is not its
// form. Without a secure connection browsers seal nothing: then no draft is kept.
const PREFIX = "draft:";
const forms = [...document.querySelectorAll("form[data-autosave]")].filter(() => globalThis.crypto?.subtle);
const nameOf = (form) => PREFIX + form.dataset.autosave;
const isTyped = (element) => element.name && !["hidden", "password", "file", "submit"].includes(element.type);
const toText = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const toBytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const keyOf = (form) => crypto.subtle.importKey("raw", toBytes(form.dataset.key), "AES-GCM", false, ["encrypt", "decrypt"]);

const seal = async (key, value) => {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(value)));
  return toText([...iv, ...new Uint8Array(sealed)]);
};
const unseal = async (key, text) => {
  const bytes = toBytes(text);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, key, bytes.slice(12));
  return JSON.parse(new TextDecoder().decode(plain));
};

for (const name of Object.keys(sessionStorage)) {
  if (!name.startsWith(PREFIX) || forms.some((form) => nameOf(form) === name)) continue;
  if (JSON.parse(sessionStorage.getItem(name)).sent) sessionStorage.removeItem(name);
}

for (const form of forms) {
  const note = form.querySelector("[data-saved]");
  const say = (words) => { if (note) note.textContent = words; };
  const boxes = () => [...form.elements].filter(isTyped);
  const key = keyOf(form);
  let turn = 0, sent = false, sealed = "", timer;

  const store = () => { if (sealed) sessionStorage.setItem(nameOf(form), JSON.stringify({ sent, sealed })); };
  const keep = async () => {
    const mine = ++turn;
    const text = await seal(await key, boxes().map((box) => [box.name, box.value, box.checked === true]));
    if (mine === turn) { sealed = text; store(); }
  };
  const put = (box, value, checked) => {
    const before = [box.value, box.checked].join();
    if (box.type === "checkbox" || box.type === "radio") { if (box.value === value) box.checked = checked; }
    else if (!box.multiple) box.value = value;
    const fold = box.closest("details");
    if (fold && [box.value, box.checked].join() !== before) fold.open = true;
  };
  const bringBack = async () => {
    const draft = JSON.parse(sessionStorage.getItem(nameOf(form)) ?? "null");
    if (!draft) return;
    try {
      const values = await unseal(await key, draft.sealed);
      for (const [name, value, checked] of values) for (const box of boxes()) if (box.name === name) put(box, value, checked);
      sealed = draft.sealed;
      say("Your draft is back");
    } catch { sessionStorage.removeItem(nameOf(form)); }
  };

  if (form.dataset.given === undefined) bringBack();
  form.addEventListener("submit", () => { clearTimeout(timer); sent = true; store(); });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    sent = false;
    const kept = keep();
    timer = setTimeout(async () => { await kept; say(`Draft kept in this tab at ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`); }, 600);
  });
}
