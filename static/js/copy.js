// Copies the text of one field; where the clipboard is not to be had, the text is selected for the person to copy.
const told = document.getElementById("copied");
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = "Copied.";
    } catch {
      told.textContent = "The text is selected: copy it with Ctrl-C.";
    }
  });
}
