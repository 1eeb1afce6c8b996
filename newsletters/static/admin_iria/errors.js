// The summary of what is wrong gets the focus, and each of its links puts it into the field, also into a rich editor.
const summary = document.querySelector(".iria-error-summary");
summary?.focus();
summary?.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const place = field.closest(".prose-editor")?.querySelector("[contenteditable=true]") ?? field;
  const target = place.matches("input:not([type=hidden]), select, textarea, [contenteditable]")
    ? place
    : (place.querySelector("input:not([type=hidden]), select, textarea, button") ?? place);
  const closed = target.closest("details:not([open])");
  if (closed) closed.open = true;
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
});
