// Buttons for what only a script can do, each shown only where it works: the device's own sharing, printing, and copying
// the link. Everything else on the page needs no JavaScript.
"use strict";
for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) break;
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    // Rejected only when the reader changes their mind.
    navigator.share({ title: button.dataset.title, url: button.dataset.link }).catch(() => {});
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.parentElement.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const button of document.querySelectorAll(".copy-link")) {
  if (!navigator.clipboard) break;
  const words = button.textContent;
  let timer = 0;
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.link);
    } catch {
      // The browser refused: a field with the link, selected, so that one key copies it.
      window.prompt(words, button.dataset.link);
      return;
    }
    button.textContent = button.dataset.done;
    button.nextElementSibling.textContent = button.dataset.done;
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = words;
      button.nextElementSibling.textContent = "";
    }, 3000);
  });
}
