// After a form came back with errors, the reader starts at the summary.
document.querySelector(".error-summary[data-focus]")?.focus();
