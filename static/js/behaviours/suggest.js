// Arrow keys walk from the search box through its suggestions and back; Escape empties them.
const list = document.getElementById("suggestions");
const box = document.getElementById("search");
const walk = (step) => {
  const stops = [box, ...list.querySelectorAll("a")];
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
};
if (list && box) document.querySelector(".topsearch").addEventListener("keydown", (event) => {
  if (event.key === "Escape") { list.replaceChildren(); box.focus(); return; }
  if (!list.childElementCount || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  event.preventDefault();
  walk(event.key === "ArrowDown" ? 1 : -1);
});
