// The blocks in their order: moved by buttons, numbers and dragging, added and taken out without leaving the page.
// Each button does the same without this script; here its answer is put into the page instead of replacing it.
// Says `iria:changed` on the form when something changed, `iria:swapped` on the document when new fields came.
const form = document.getElementById("edition-form");
const list = () => form.querySelector(".iria-rows");
const rows = () => [...list().children];
const titleOf = (row) => row.dataset.title;
const STAYS = new Set(["_add", "_else", "_new", "_reset", "_search"]); // buttons that save nothing

function say(what, values) {
  const said = document.getElementById("iria-said");
  said.textContent = said.dataset[what].replace(/%(\w+)%/g, (_, name) => values[name]);
}

function changed() {
  rows().forEach((row, index) => {
    row.querySelector(".iria-position").value = index + 1;
  });
  form.querySelector(".iria-none").hidden = list().children.length > 0;
  form.dispatchEvent(new CustomEvent("iria:changed", { bubbles: true }));
}

// --- Order ---
function announce(row) {
  say("moved", { title: titleOf(row), place: rows().indexOf(row) + 1, count: rows().length });
}

function move(row, to) {
  const others = rows().filter((other) => other !== row);
  const before = others[Math.max(0, Math.min(to, others.length))] ?? null;
  if (before === row.nextElementSibling) return;
  list().insertBefore(row, before);
  changed();
  announce(row);
}

function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  changed();
  say("removed", { title: titleOf(row) });
  (next?.querySelector(".iria-row-buttons button") ?? form.querySelector("#picker input"))?.focus();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest(".iria-row-buttons button");
  const row = event.target.closest(".iria-row");
  if (!button || !row) return;
  event.preventDefault();
  if (button.name === "_remove") return remove(row);
  move(row, rows().indexOf(row) + (button.name === "_up" ? -1 : 1));
  button.focus();
});
form.addEventListener("change", (event) => {
  if (!event.target.matches(".iria-position")) return;
  const row = event.target.closest(".iria-row");
  move(row, (parseInt(event.target.value, 10) || rows().indexOf(row) + 1) - 1);
  event.target.focus();
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  if (event.target.matches(".iria-position")) {
    event.preventDefault(); // the number counts, the form is not sent
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (event.target.closest("#picker") && event.target.matches("input:not([type=checkbox])")) {
    event.preventDefault(); // Enter in the search of articles searches; it does not save
    form.querySelector("[name=_search]").click();
  }
});

// Dragging by the handle; a row is draggable only while the handle is held, so that text in it can be selected.
let dragged = null;
function prepare() {
  form.querySelectorAll(".iria-handle").forEach((handle) => {
    handle.hidden = false;
  });
  form.querySelector(".iria-sort").hidden = true;
}
form.addEventListener("pointerdown", (event) => {
  if (event.target.matches(".iria-handle")) event.target.closest(".iria-row").draggable = true;
});
form.addEventListener("pointerup", () =>
  rows().forEach((row) => {
    row.draggable = false;
  }),
);
form.addEventListener("dragstart", (event) => {
  if (!event.target.matches?.(".iria-row[draggable=true]")) return;
  dragged = event.target;
  dragged.classList.add("iria-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", titleOf(dragged));
});
form.addEventListener("dragover", (event) => {
  const over = event.target.closest(".iria-row");
  if (!dragged) return;
  event.preventDefault();
  if (!over || over === dragged) return;
  const box = over.getBoundingClientRect();
  list().insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
});
form.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});
form.addEventListener("dragend", () => {
  if (!dragged) return;
  const row = dragged;
  dragged = null;
  row.draggable = false;
  row.classList.remove("iria-dragged");
  changed();
  announce(row);
});

// --- Buttons whose answer is more of the page ---
form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button || !STAYS.has(button.name)) return;
  event.preventDefault();
  const body = new FormData(form, button); // before the button is disabled: a disabled one is no part of a form
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok) return form.dispatchEvent(new CustomEvent("iria:refused", { detail: answer.status }));
    take(new DOMParser().parseFromString(await answer.text(), "text/html"), button);
  } catch {
    form.dispatchEvent(new CustomEvent("iria:refused", { detail: 0 }));
  } finally {
    button.disabled = false;
  }
});

function take(page, button) {
  const key = button.name === "_reset" ? button.value : null;
  const here = new Map(rows().map((row) => [row.dataset.key, row]));
  const added = [];
  for (const row of page.querySelectorAll(".iria-rows > li")) {
    const mine = here.get(row.dataset.key);
    if (!mine) {
      const above = button.name === "_else" && rows().find((each) => each.dataset.key === button.value);
      if (above) above.after(row);
      else list().append(row);
      added.push(row);
    } else if (row.dataset.key === key) {
      mine.replaceWith(row);
    }
  }
  const picker = page.getElementById("picker");
  if (button.name === "_add" || button.name === "_search") {
    form.querySelector("#picker").replaceChildren(...picker.childNodes);
    form.querySelector(`#picker [name=${button.name}]`)?.focus();
  }
  prepare();
  document.dispatchEvent(new CustomEvent("iria:swapped"));
  if (added.length || key) changed();
  added.forEach((row) => say("added", { title: titleOf(row) }));
  const first = added[0];
  if (first && ["_new", "_else"].includes(button.name)) {
    first.scrollIntoView({ block: "nearest" });
    const field = first.querySelector(
      ".iria-own :is(input:not([type=hidden], [hidden] *), textarea:not([data-iria-prose]), [contenteditable=true])",
    );
    (field ?? first.querySelector(".iria-row-buttons button")).focus();
  }
}

document.addEventListener("iria:swapped", prepare);
prepare();
