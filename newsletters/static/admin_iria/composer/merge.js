// Small helps at the fields: merge fields put in where the caret is, characters counted, pictures chosen in a dialog.
import { choosePicture } from "../picture_dialog.js";

const carets = new WeakMap(); // where the caret stood in each rich editor, which forgets it when it is left
document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  const editor = selection.anchorNode?.parentElement?.closest(".prose-editor [contenteditable=true]");
  if (editor && editor.contains(document.activeElement)) carets.set(editor, selection.getRangeAt(0).cloneRange());
});

function put(field, text) {
  const editor = field.closest(".prose-editor")?.querySelector("[contenteditable=true]");
  (editor ?? field).focus();
  const caret = editor && carets.get(editor);
  if (caret?.startContainer.isConnected) {
    document.getSelection().removeAllRanges();
    document.getSelection().addRange(caret);
  } else if (editor) {
    document.getSelection().selectAllChildren(editor);
    document.getSelection().collapseToEnd();
  }
  // The one way that both the text's own undo and the rich editor understand.
  document.execCommand("insertText", false, text);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-put]");
  const open = document.querySelectorAll(".iria-merge-menu[open]");
  if (button) {
    const menu = button.closest(".iria-merge-menu");
    menu.open = false;
    put(document.getElementById(menu.dataset.for), button.dataset.put);
  } else {
    open.forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".iria-merge-menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// --- Characters, as an inbox counts them ---
function count(counter) {
  const field = document.getElementById(counter.dataset.for);
  // With merge fields in it, what an inbox shows is what they become.
  const shown = document.querySelector(`[data-shown=${field.name}]`);
  const n = [...(field.value.includes("{{") && shown ? shown.textContent : field.value)].length;
  const { short, long, tooShort, tooLong, words } = counter.dataset;
  const said = !n ? "" : n < short ? tooShort : n > long ? tooLong : words;
  counter.textContent = said.replace("%n%", n);
  counter.classList.toggle("iria-off", n > 0 && (n < short || n > long));
}
const countAll = () => document.querySelectorAll(".iria-count").forEach(count);
document.addEventListener("input", (event) => {
  if (event.target.id) document.querySelectorAll(`.iria-count[data-for="${event.target.id}"]`).forEach(count);
});

// --- Pictures: chosen in a dialog ---
function choose(box, id, address, alt) {
  const field = box.querySelector("input[type=number]");
  field.value = id;
  box.querySelector("img")?.remove();
  if (address) {
    const image = document.createElement("img");
    image.src = address;
    image.alt = alt;
    image.width = 120;
    box.querySelector(".iria-picture-now").prepend(image);
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
async function ask(box, button) {
  const picture = await choosePicture(box.querySelector("[data-choose]").href);
  if (picture) choose(box, picture.id, picture.src, picture.alt);
  button.focus();
}
function preparePictures() {
  document.querySelectorAll("[data-picture-field]").forEach((box) => {
    box.querySelector(".iria-picture-choice").hidden = true;
    for (const name of ["[data-choose-button]", "[data-unchoose]"]) box.querySelector(name).hidden = false;
  });
}
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-picture-field]");
  if (!box) return;
  if (event.target.closest("[data-choose-button]")) {
    ask(box, event.target);
  } else if (event.target.closest("[data-unchoose]")) {
    choose(box, "", "", "");
  }
});

document.addEventListener("iria:swapped", () => {
  countAll();
  preparePictures();
});
document.addEventListener("iria:figures", countAll);
countAll();
preparePictures();
