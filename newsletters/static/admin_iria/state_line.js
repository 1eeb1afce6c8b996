// The line that says whether all is saved; its words are in the page.
export const state = document.getElementById("iria-state");

// The link to sign in stays while a save is tried again: it must not go away under the finger that presses it.
export function show(kind, text, link) {
  const asked = state.querySelector("a[target=_blank]");
  if (asked && (kind !== "failed" || link?.href === asked.href) && kind !== "saved") return;
  state.dataset.kind = kind;
  state.textContent = text;
  if (link) state.append(" ", link);
}

export function linkTo(place, words, blank) {
  const link = document.createElement("a");
  link.href = place;
  link.textContent = words;
  if (blank) link.target = "_blank";
  return link;
}

// Some belong to no field.
export function showProblem(words, { id, place, message }) {
  if (id) show("failed", words, linkTo(`#${id}`, `${place}: ${message}`));
  else show("failed", `${words} ${message}`);
}
