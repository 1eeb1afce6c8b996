// The line that says whether all is saved; its words are in the page.
export const state = document.getElementById("iria-state");

export function show(kind, text, link) {
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
