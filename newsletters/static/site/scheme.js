// Light or dark: what the reader chose on this site, else what their device says. It stands in the head of the page, so
// that nothing is painted in the wrong colours first; the switch is shown where it works.
"use strict";
(() => {
  const root = document.documentElement;
  const device = matchMedia("(prefers-color-scheme: dark)");
  const CHOSEN = "iria-scheme";
  let chosen = null;
  try {
    chosen = localStorage.getItem(CHOSEN);
  } catch {
    // Without storage the choice holds for this page.
  }
  const isDark = () => (root.dataset.scheme ? root.dataset.scheme === "dark" : device.matches);
  if (chosen === "light" || chosen === "dark") root.dataset.scheme = chosen;

  function show() {
    for (const button of document.querySelectorAll("[data-scheme-switch]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isDark()));
    }
    // The browser's own bars follow the page.
    for (const bar of document.querySelectorAll("meta[name=theme-color]")) {
      bar.dataset.media ??= bar.media;
      bar.media = root.dataset.scheme
        ? bar.dataset.media.includes(root.dataset.scheme)
          ? "all"
          : "not all"
        : bar.dataset.media;
    }
  }
  function turn() {
    const wanted = isDark() ? "light" : "dark";
    // Back to the device's own: nothing is left to remember.
    if (wanted === (device.matches ? "dark" : "light")) delete root.dataset.scheme;
    else root.dataset.scheme = wanted;
    try {
      if (root.dataset.scheme) localStorage.setItem(CHOSEN, wanted);
      else localStorage.removeItem(CHOSEN);
    } catch {
      // As above.
    }
    show();
  }
  device.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-scheme-switch]")) turn();
  });
})();
