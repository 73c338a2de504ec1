// [data-passkey="create"|"get"] holds what the device is asked, in data-options or behind data-options-from. Its button
// asks the device, puts the answer into the form's hidden field and sends the form. Works in a dialog too.
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

const ask = async (box) => {
  const from = box.dataset.optionsFrom;
  const given = from
    ? (await (await fetch(from, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } })).json()).request_options
    : JSON.parse(box.dataset.options);
  return answered(await navigator.credentials[box.dataset.passkey](wanted(given)));
};

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
