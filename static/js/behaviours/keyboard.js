// "/" or Ctrl-K search · j/k rows · x tick · Enter opens · "g i" inbox · "?" the list of keys
const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")];
const isTyping = (element) => element.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const searchBox = () => document.getElementById("search") ?? document.getElementById("list-search");
let afterG = -2000;

const move = (step) => {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, here + step))];
  next?.querySelector("a")?.focus();
};
const goInbox = () => {
  const inbox = document.querySelector("#rail [data-key=inbox]");
  if (inbox) location.assign(inbox.href);
};
const keys = {
  "/": () => searchBox()?.focus(),
  j: () => move(1),
  k: () => move(-1),
  x: () => document.activeElement.closest("[data-row]")?.querySelector("[type=checkbox]")?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "k" && (event.ctrlKey || event.metaKey) && searchBox()) { event.preventDefault(); searchBox().focus(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "i" && event.timeStamp - afterG < 1000) { goInbox(); return; }
  if (event.key === "g") { afterG = event.timeStamp; return; }
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
