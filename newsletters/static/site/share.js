// “Copy the link”: shown only where it works; everything else on the page needs no JavaScript.
"use strict";
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
