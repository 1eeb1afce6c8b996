// The search of the admin in a dialog: ⌘K or Ctrl+K, or the button, which without this is a link to the same as a page.
// A combobox as WAI-ARIA describes it: focus stays in the field, the arrow keys choose, Enter goes there.
const dialog = document.getElementById("iria-find");
const opener = document.getElementById("iria-search-open");
const input = dialog.querySelector("input");
const list = document.getElementById("iria-find-list");
const status = dialog.querySelector("[data-status]");
const PAUSE = 150; // milliseconds after the last key
let timer = 0;
let asked = null; // what aborts the request that is under way
let chosen = -1;

const options = () => [...list.querySelectorAll("[role=option]")];

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function choose(at) {
  const all = options();
  chosen = all.length ? (at + all.length) % all.length : -1;
  all.forEach((each, place) => each.setAttribute("aria-selected", String(place === chosen)));
  if (chosen < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", all[chosen].id);
  all[chosen].scrollIntoView({ block: "nearest" });
}

function option(entry, number) {
  const shown = element("a", { href: entry.address, id: `iria-find-${number}`, tabIndex: -1 });
  shown.append(element("span", { textContent: entry.title }));
  if (entry.about) shown.append(" ", element("span", { className: "iria-meta", textContent: entry.about }));
  shown.setAttribute("role", "option");
  shown.setAttribute("aria-selected", "false");
  return shown;
}

function show(groups) {
  let number = 0;
  const before = options()[chosen]?.href; // a choice is kept when the next answer has it, too
  list.replaceChildren(
    ...groups.map((group, place) => {
      const heading = element("p", { id: `iria-find-group-${place}`, textContent: group.name });
      heading.setAttribute("role", "presentation");
      const entries = group.entries.map((entry) => option(entry, number++));
      const box = element("div", {}, heading, ...entries);
      box.setAttribute("role", "group");
      box.setAttribute("aria-labelledby", heading.id);
      return box;
    }),
  );
  input.setAttribute("aria-expanded", String(number > 0));
  if (!number) status.textContent = input.value.trim() ? dialog.dataset.none : "";
  else status.textContent = number === 1 ? dialog.dataset.one : dialog.dataset.many.replace("%n%", number);
  choose(
    Math.max(
      0,
      options().findIndex((each) => each.href === before),
    ),
  );
}

async function ask() {
  asked?.abort();
  const words = input.value.trim();
  if (!words) return show([]);
  asked = new AbortController();
  try {
    const answer = await fetch(`${opener.href}?${new URLSearchParams({ q: words })}`, {
      headers: { Accept: "application/json" },
      signal: asked.signal,
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    show((await answer.json()).groups);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    show([]);
    status.textContent = dialog.dataset.failed;
  }
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
}

opener.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the page, in a window of its own
  event.preventDefault();
  open();
});
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.shiftKey) return;
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  open();
});
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
});
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Escape") dialog.close(); // browsers would only empty the field first
  else return;
  event.preventDefault();
});
dialog.querySelector("form").addEventListener("submit", (event) => {
  const to = options()[chosen];
  if (!to) return; // the page says what there is
  event.preventDefault();
  to.click();
});
