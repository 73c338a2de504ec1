"use strict";
const FORMATS = ["cqms-trail/1", "cqms-trail/2"], LARGEST = 2 ** 53;
const SAYS = {
  GOOD: "This export is complete and unchanged.",
  GOOD_BUT_REDACTED: "This export is complete; what was redacted is named below, everything else is unchanged.",
  BAD: "Do not rely on this file.",
  UNREADABLE: "This is no complete export of a trail: the file is cut off or damaged.",
  AMBIGUOUS: "Something stands twice in the file: two programs may read two different things in it.",
  ADDED: "Something was added to the file that was not exported.",
  UNKNOWN: "This is no export of a trail that this verifier knows.",
  KEY_DAMAGED: "The key that the file names is damaged.",
  OTHER_KEY: "The key is not the one you expected: somebody else made this file.",
  CHECKPOINT_UNSIGNED: "The checkpoint was not signed with the key that the file names.",
  CONTENTS_UNSIGNED: "The list of contents was not signed with the key that the file names.",
  OTHER_CHECKPOINT: "The file holds another checkpoint than the one it was exported with.",
  ABOUT_CHANGED: "What the file says about itself was changed after the export.",
  ORDER_CHANGED: "The entries do not stand in the order in which they were exported.",
  EXCHANGED: "At least one entry was exchanged for another.",
  STAMP_CHANGED: "The time stamp was exchanged, added or taken away after the export.",
  NOT_SEALED: "The entries do not lead to the sealed state of the log.",
  NO_ED25519: "This browser cannot check Ed25519 signatures: take a newer one, or the Python file.",
};
class Unusable extends Error {}
const MEMBERS = ["format", "about", "key", "checkpoint", "time_stamp", "statement", "proof", "entries"];

/* strict.js stands here */

/* Bytes */
const utf8 = text => new TextEncoder().encode(text);
const hex = bytes => Array.from(bytes, each => each.toString(16).padStart(2, "0")).join("");
const sha256 = async bytes => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}
function unhex(text) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Unusable(SAYS.UNREADABLE);
  return Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16));
}
function unbase64(text) {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4) return null;
  const raw = atob(text);
  return btoa(raw) === text ? Uint8Array.from(raw, char => char.charCodeAt(0)) : null;
}
const same = (one, two) => hex(one) === hex(two);

/* Notes: a text, a blank line, signatures */
async function keyId(name, raw) {
  return (await sha256(joined(utf8(name + "\n"), raw))).slice(0, 4);
}
async function keyOf(text) {
  const [name, id, ...rest] = String(text).split("+"), raw = unbase64(rest.join("+"));
  if (!raw || raw.length !== 33 || raw[0] !== 1 || id !== hex(await keyId(name, raw))) throw new Unusable(SAYS.KEY_DAMAGED);
  let key;
  try { key = await crypto.subtle.importKey("raw", raw.slice(1), "Ed25519", false, ["verify"]); }
  catch { throw new Unusable(SAYS.NO_ED25519); }
  return { name, id: unhex(id), key, fingerprint: hex(await sha256(raw.slice(1))) };
}
async function opened(note, { name, id, key }) {
  const at = note.lastIndexOf("\n\n");
  if (at < 0) return null;
  const text = note.slice(0, at);
  for (const line of note.slice(at + 2).split("\n")) {
    const words = line.split(" ");
    if (words[0] !== "\u2014" || words[1] !== name) continue;
    const raw = unbase64(words[2] ?? "");
    if (!raw || !same(raw.slice(0, 4), id)) continue;
    if (await crypto.subtle.verify("Ed25519", key, raw.slice(4), utf8(text + "\n"))) return text;
  }
  return null;
}

/* Merkle tree (RFC 6962): one proof for all entries; its hashes are the subtrees without any of them, left to right */
async function leadsTo(root, size, entries, proof) {
  const sorted = [...entries].sort((one, two) => one.position - two.position);
  if (sorted.some((each, at) => each.position >= size || (at && each.position === sorted[at - 1].position))) return false;
  let used = 0;
  const node = async (first, end, low, high) => {
    if (first === end) return used < proof.length ? proof[used++] : null;
    if (high - low === 1) return unhex(sorted[first].hash);
    let half = 1;
    while (half * 2 < high - low) half *= 2;
    let middle = first;
    while (middle < end && sorted[middle].position < low + half) middle++;
    const left = await node(first, middle, low, low + half), right = await node(middle, end, low + half, high);
    return left && right && sha256(joined(Uint8Array.of(1), left, right));
  };
  const found = size ? await node(0, sorted.length, 0, size) : await sha256(new Uint8Array());
  return found !== null && same(found, root) && used === proof.length;
}

/* Words */
const grouped = digest => digest.match(/.{1,4}/g).join(" ");
function rowOf(payload) {
  try {
    const row = JSON.parse(payload).row;
    return row && typeof row === "object" && !Array.isArray(row) ? row : {};
  } catch { return {}; }
}
const momentOf = row => String(row.at || row.signed_at || "None").slice(0, 19).replace("T", " ") + " UTC";
function inWords(payload) {
  const row = rowOf(payload);
  if ("signer_name" in row) return `${momentOf(row)} · ${row.signer_name}: ${row.statement} · ${row.record_label}`;
  if ("old_hash" in row) return `${momentOf(row)} · an entry was ${redactionOf(row)}`;
  let line = `${momentOf(row)} · ${row.actor_name} ${row.sentence} · ${row.record_label}`;
  for (const change of row.changes ?? []) line += ` · ${change.label}: ${change.old || "‹empty›"} → ${change.new || "‹empty›"}`;
  return row.reason ? `${line} · Reason: ${row.reason}` : line;
}
function redactionOf(row) {
  return `redacted on ${momentOf(row)} by ${row.asked_by} because: ${row.reason} Approved by ${row.approved_by} (${row.redaction}).`;
}
function tableOf(payload) {
  try { return String(JSON.parse(payload).table); } catch { return ""; }
}
function spanOf(entries) {
  if (!entries.length) return "0";
  const rows = entries.map(each => rowOf(each.payload)), moments = rows.map(momentOf).sort();
  const signatures = rows.filter(row => "signer_name" in row).length;
  const count = signatures ? `${rows.length}, ${signatures} of them signatures` : `${rows.length}`;
  return `${count}, from ${moments[0]} to ${moments.at(-1)}`;
}

/* The judgement */
async function examine(data, expected = "") {
  const report = { problems: [], redacted: [], facts: [], proven: [], unproven: [], entries: [] };
  try { await judge(report, read(data), expected.toLowerCase().replace(/[^0-9a-f]/g, "")); }
  catch (problem) { report.problems.push(problem instanceof Unusable ? problem.message : SAYS.UNREADABLE); }
  if (report.problems.length) report.proven = report.unproven = report.redacted = [];
  return report;
}
function read(data) {
  let trail;
  try { trail = parsed(new TextDecoder("utf-8", { fatal: true }).decode(data)); }
  catch (problem) { throw problem instanceof Unusable ? problem : new Unusable(SAYS.UNREADABLE); }
  if (trail === null || typeof trail !== "object" || !FORMATS.includes(trail.format)) throw new Unusable(SAYS.UNKNOWN);
  const { entries, about, proof, time_stamp: stamp = null } = trail;
  if (!Array.isArray(entries) || !Array.isArray(about) || !Array.isArray(proof)) throw new Unusable(SAYS.UNREADABLE);
  if (!hasOnly(trail, ...MEMBERS) || !entries.every(each => hasOnly(each, "position", "hash", "payload"))) throw new Unusable(SAYS.ADDED);
  const told = [...about.flat(2), ...Object.values(stamp ?? {}), ...entries.flatMap(each => [each.hash, each.payload])];
  const isSound = about.every(pair => pair.length === 2) && proof.every(each => /^[0-9a-f]{64}$/.test(each)) && areTexts(told);
  if (!isSound || stamp !== null && Object.keys(stamp).sort().join() !== "authority,token") throw new Unusable(SAYS.UNREADABLE);
  return trail;
}
function entryOf({ position, hash, payload }) {
  const sound = Number.isSafeInteger(position) && position >= 0 && position < LARGEST && /^[0-9a-f]{64}$/.test(hash);
  if (!sound) throw new Unusable(SAYS.UNREADABLE);
  return { position, hash, payload };
}
async function judge(report, trail, expected) {
  const key = await keyOf(trail.key), entries = trail.entries.map(entryOf);
  report.entries = entries.map(each => inWords(each.payload));
  const about = trail.about;
  report.facts = [...about, ["Sealed entries in this file", spanOf(entries)], ["Key", grouped(key.fingerprint)]];
  if (expected && expected !== key.fingerprint) report.problems.push(SAYS.OTHER_KEY);
  const note = await opened(trail.checkpoint, key);
  if (note === null) throw new Unusable(SAYS.CHECKPOINT_UNSIGNED);
  const [origin, sizeText, rootText, sealed] = note.split("\n");
  if (origin !== key.name || !/^[0-9]{1,16}$/.test(sizeText) || !sealed?.startsWith("sealed ")) throw new Unusable(SAYS.CHECKPOINT_UNSIGNED);
  const size = Number(sizeText), root = unbase64(rootText), moment = sealed.slice(7).replace("T", " ").replace("Z", " UTC");
  report.facts.splice(-1, 0, ["Sealed", `${moment}, when the log had ${size} entries`]);
  const statement = await opened(trail.statement, key);
  const [name, kind, ...lines] = (statement ?? "").split("\n");
  if (statement === null || name !== key.name || kind !== "Export of entries of this log") throw new Unusable(SAYS.CONTENTS_UNSIGNED);
  const told = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]));
  if (told.checkpoint !== `${size} ${hex(root)}`) report.problems.push(SAYS.OTHER_CHECKPOINT);
  if (told.about !== await digestOf(about.flat())) report.problems.push(SAYS.ABOUT_CHANGED);
  const stamp = trail.time_stamp, bound = "time stamp" in told;
  const stampDigest = stamp ? await digestOf([String(stamp.authority), String(stamp.token)]) : "none";
  if (bound && told["time stamp"] !== stampDigest) report.problems.push(SAYS.STAMP_CHANGED);
  const redacted = await redactionsOf(entries);
  report.problems.push(...await compare(entries, told, redacted));
  report.redacted = [...redacted.values()];
  if (!await leadsTo(root, size, entries, trail.proof.map(unhex))) report.problems.push(SAYS.NOT_SEALED);
  say(report, stampInWords(Boolean(stamp), bound), entries.length, size, moment, expected);
}
async function digestOf(texts) {
  return hex(await sha256(joined(...await Promise.all(texts.map(text => sha256(utf8(text)))))));
}
function stampInWords(stamped, bound) {
  if (!stamped) return "That the portal's clock was right: this file holds no time stamp from outside.";
  const words = "The time stamp from outside that is in this file: a tool for RFC 3161 checks it.";
  return bound ? words : `${words} The portal did not sign that it belongs to this export.`;
}
/* Entries that are not what was sealed, and the entries that prove how they were redacted */
async function redactionsOf(entries) {
  const found = new Map(), sealed = [], doubtful = [];
  for (const [at, each] of entries.entries()) {
    const now = hex(await sha256(joined(Uint8Array.of(0), utf8(each.payload))));
    if (now === each.hash) sealed.push({ position: each.position, table: tableOf(each.payload), row: rowOf(each.payload) });
    else doubtful.push({ number: at + 1, position: each.position, before: `\\x${each.hash}`, now: `\\x${now}` });
  }
  const signatures = new Map(sealed.filter(each => each.table === "signatures_signature").map(each => [each.row.id, each.row]));
  const tombstones = sealed.filter(each => each.table === "audit_ledgertombstone");
  for (const { number, position, before, now } of doubtful) {
    for (const { position: place, row } of tombstones) {
      if (place > position && row.old_hash === before && row.new_hash === now && byTwo(row, signatures))
        found.set(number, `Entry ${number} was ${redactionOf(row)}`);
    }
  }
  return found;
}
function byTwo(row, signatures) {
  const asked = signatures.get(row.request_signature_id), approved = signatures.get(row.approval_signature_id);
  if (!asked || !approved || asked.signer_id === approved.signer_id) return false;
  if (asked.signer_name !== row.asked_by || approved.signer_name !== row.approved_by) return false;
  if (asked.meaning !== "authored" || approved.meaning !== "approved") return false;
  return [asked, approved].every(each => each.record_kind === "redactions.redaction" && each.record_id === row.redaction_id);
}
async function compare(entries, told, redacted) {
  const found = [], listed = rows => sha256(utf8(rows.map(each => `${each.position} ${each.hash}\n`).join("")));
  for (const [at, each] of entries.entries()) {
    if (!redacted.has(at + 1) && hex(await sha256(joined(Uint8Array.of(0), utf8(each.payload)))) !== each.hash)
      found.push(`Entry ${at + 1} was changed: it is not what was sealed at position ${each.position} of the log.`);
  }
  const count = entries.length, wanted = Number(told.entries);
  const sorted = [...entries].sort((one, two) => one.position - two.position);
  if (count < wanted) found.push(`The file holds ${count} of ${wanted} sealed entries: ${wanted - count} missing.`);
  else if (count > wanted) found.push(`The file holds ${count} sealed entries, ${count - wanted} more than were exported.`);
  else if (hex(await listed(sorted)) !== told["in the log"]) found.push(SAYS.EXCHANGED);
  else if (hex(await listed(entries)) !== told["in order"]) found.push(SAYS.ORDER_CHANGED);
  return found;
}
function say(report, stamp, count, size, moment, expected) {
  const gone = report.redacted.length, left = `in their order; ${gone} redacted, the others unchanged`;
  report.proven = [
    `All ${count} sealed entries that were put into the export are in this file, ${gone ? left : "unchanged and in their order"}.`,
    `Each of them stands in the log that was sealed on ${moment}; a later change of the portal's data would show.`,
    "What the file says about itself is what the portal said when it made the export.",
  ];
  report.unproven = [
    "That the key is theirs: compare its fingerprint with one you got another way. Anybody can make a key.",
    `That the export left nothing out that fits its filter: the log has ${size} entries, this file holds ${count} of them, and what the others say cannot be seen here.`,
    "That what people wrote is true, or what happened to an entry in the seconds before it was sealed.",
    stamp,
  ];
  if (gone) report.unproven.push("What the redacted entries said before: two people had the words taken out for ever.");
  if (expected) { report.proven.push("The key is the one you expected."); report.unproven.shift(); }
}

/* The page */
const MOST_SHOWN = 1000, result = document.getElementById("result");
function add(parent, tag, text = "", kind = "") {
  const made = parent.appendChild(document.createElement(tag));
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}
function list(title, sentences) {
  if (!sentences.length) return;
  add(result, "h2", title);
  const made = add(result, "ul");
  made.id = title.split(" ")[0].toLowerCase();
  for (const sentence of sentences) add(made, "li", sentence);
}
function show(report) {
  const bad = report.problems.length > 0;
  result.replaceChildren();
  add(result, "p", bad ? `✗ ${SAYS.BAD}` : `✓ ${report.redacted.length ? SAYS.GOOD_BUT_REDACTED : SAYS.GOOD}`, `verdict ${bad ? "bad" : "good"}`);
  list("Found", report.problems);
  list("Redacted", report.redacted);
  list("Proven", report.proven);
  list("Not proven by this file", report.unproven);
  add(result, "h2", bad ? "What the file says (not proven)" : "What the file holds");
  const facts = add(result, "dl");
  for (const [label, value] of report.facts) { add(facts, "dt", label); add(facts, "dd", value); }
  const details = add(result, "details"), shown = report.entries.slice(0, MOST_SHOWN);
  add(details, "summary", shown.length < report.entries.length ? `The first ${MOST_SHOWN} entries` : "The entries");
  const lines = add(details, "ol");
  for (const line of shown) add(lines, "li", line);
  result.hidden = false;
}
const file = document.getElementById("file"), key = document.getElementById("key");
async function run() {
  if (!file.files.length) return;
  result.hidden = false;
  result.replaceChildren();
  add(result, "p", "Checking …");
  show(await examine(new Uint8Array(await file.files[0].arrayBuffer()), key.value));
}
file.addEventListener("change", run);
key.addEventListener("change", run);
