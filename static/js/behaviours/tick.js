// The box in the table's head ticks every row of the page; CSS does the counting.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all]")) return;
  for (const box of event.target.closest("table").querySelectorAll("tbody .tick input")) box.checked = event.target.checked;
});
