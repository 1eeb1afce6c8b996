// The button that prints a report: the browser's own window offers to save it as a PDF. Without a script there is none.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
