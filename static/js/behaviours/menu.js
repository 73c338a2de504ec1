// A menu closes on Escape and on a click outside; only one is open at a time.
const close = (except) => { for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false; };
document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details.menu[open]");
  if (event.key !== "Escape" || !open) return;
  close();
  open.querySelector("summary").focus();
});
