// Makes ordering quicker: the same buttons and numbers without a round trip, and dragging. Nothing here is needed.
const form = document.querySelector("form[data-iria-compose]");
const list = form.querySelector(".iria-rows");
const said = document.getElementById("iria-said");
let unsaved = form.hasAttribute("data-unsaved");

const rows = () => [...list.children];
const fill = (text, values) => text.replace(/%(\w+)%/g, (_, name) => values[name]);

function renumber() {
  rows().forEach((row, index) => { row.querySelector(".iria-position").value = index + 1; });
  form.querySelector(".iria-none").hidden = list.children.length > 0;
  unsaved = true;
}

function announce(row) {
  const place = rows().indexOf(row) + 1;
  said.textContent = fill(said.dataset.moved, { title: row.dataset.title, place, count: list.children.length });
}

function move(row, to) {
  const others = rows().filter((other) => other !== row);
  list.insertBefore(row, others[Math.max(0, Math.min(to, others.length))] ?? null);
  renumber();
  announce(row);
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const row = event.target.closest(".iria-row");
  if (!button || !row) return;
  event.preventDefault();
  const at = rows().indexOf(row);
  if (button.name === "_remove") {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    renumber();
    said.textContent = fill(said.dataset.removed, { title: row.dataset.title });
    (next?.querySelector("button") ?? form.querySelector("#picker input"))?.focus();
    return;
  }
  move(row, at + (button.name === "_up" ? -1 : 1));
  button.focus();
});

list.addEventListener("change", (event) => {
  if (!event.target.matches(".iria-position")) return;
  const row = event.target.closest(".iria-row");
  move(row, (parseInt(event.target.value, 10) || rows().indexOf(row) + 1) - 1);
  event.target.focus();
});
list.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".iria-position")) {
    event.preventDefault(); // the number counts, the form is not sent
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
form.querySelector(".iria-sort").hidden = true;

// Dragging by the handle; a row is draggable only while the handle is held, so that text in it can be selected.
let dragged = null;
function prepare(row) {
  const handle = row.querySelector(".iria-handle");
  handle.hidden = false;
  handle.addEventListener("pointerdown", () => { row.draggable = true; });
  handle.addEventListener("pointerup", () => { row.draggable = false; });
  row.addEventListener("dragstart", (event) => {
    dragged = row;
    row.classList.add("iria-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.dataset.title);
  });
  row.addEventListener("dragend", () => {
    row.draggable = false;
    row.classList.remove("iria-dragged");
    if (dragged) { renumber(); announce(row); }
    dragged = null;
  });
}
rows().forEach(prepare);
list.addEventListener("dragover", (event) => {
  if (!dragged) return;
  event.preventDefault();
  const over = event.target.closest(".iria-row");
  if (!over || over === dragged) return;
  const box = over.getBoundingClientRect();
  list.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
});
list.addEventListener("drop", (event) => event.preventDefault());

// Enter in the search of articles searches; it does not save.
form.querySelector("#picker").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) {
    event.preventDefault();
    form.querySelector("[name=_search]").click();
  }
});

// What is not saved is not left behind by accident.
form.addEventListener("input", (event) => { if (!event.target.closest("#picker")) unsaved = true; });
document.addEventListener("submit", (event) => { if (event.target === form) unsaved = false; });
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
