// The reader's theme; "auto" follows the system. A classic script in <head>, so that it runs before the first paint.
{
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (theme) => { try { if (theme === "auto") localStorage.removeItem("theme"); else localStorage.setItem("theme", theme); } catch { /* storage is off: the choice lasts for this page */ } };
  const show = (theme) => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-set]")) button.setAttribute("aria-pressed", button.dataset.themeSet === theme);
  };
  show(read() ?? "auto");
  document.addEventListener("DOMContentLoaded", () => show(read() ?? "auto"));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-set]");
    if (!button) return;
    keep(button.dataset.themeSet);
    show(button.dataset.themeSet);
  });
}
