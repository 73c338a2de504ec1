// [data-passkey="create"|"get"] holds what the device is asked, in data-options, behind
// data-options-from, or behind data-options-for, which is sent the form first. Its button
// asks the device, puts the answer into the form's hidden field and sends the form. Works in a dialog too.
// The button waits for this file: a press before it is here would do nothing.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const wanted = ({ publicKey: given }) => {
  const asked = { ...given, challenge: toBytes(given.challenge) };
  if (given.user) asked.user = { ...given.user, id: toBytes(given.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (given[list]) asked[list] = given[list].map((each) => ({ ...each, id: toBytes(each.id) }));
  }
  return { publicKey: asked };
};

const answered = (credential) => {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = toText(credential.response[part]);
  }
  return {
    id: credential.id, rawId: toText(credential.rawId), type: credential.type, response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
};

const say = (box, words) => {
  const line = box.querySelector("[data-passkey-said]");
  line.textContent = words;
  line.hidden = false;
};

const json = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
const optionsOf = async (box) => {
  const { options, optionsFrom, optionsFor } = box.dataset;
  if (options) return JSON.parse(options);
  const sent = optionsFor ? { method: "POST", body: new FormData(box.closest("form")) } : {};
  const found = await (await fetch(optionsFor ?? optionsFrom, { headers: json, ...sent })).json();
  if (optionsFor) box.querySelector("[name=nonce]").value = found.nonce;
  return found.request_options;
};

const ask = async (box) => answered(await navigator.credentials[box.dataset.passkey](wanted(await optionsOf(box))));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey-go]");
  if (!button) return;
  event.preventDefault();
  const box = button.closest("[data-passkey]");
  if (!window.PublicKeyCredential) { say(box, "This browser knows no passkeys here. They need https, or localhost."); return; }
  button.disabled = true;
  try {
    box.querySelector("[name=credential]").value = JSON.stringify(await ask(box));
    box.closest("form").requestSubmit();
  } catch (error) {
    const known = error.name === "InvalidStateError";
    say(box, known ? "This device holds a passkey of yours already." : "No passkey was used: it was cancelled, or it took too long. Nothing was sent.");
  } finally {
    button.disabled = false;
  }
});

const wake = (place) => place.querySelectorAll("[data-passkey-go]").forEach((button) => { button.disabled = false; });
document.addEventListener("htmx:afterSettle", (event) => wake(event.target));
wake(document);
