// Starts the rich editor on every text area that asks for it. See newsletters/admin/content/rich_editor.py for why not the
// package's own starter. The relative address holds in both kinds of static files storage: hashed copies stand
// beside the plain ones.
import * as prose from "../django_prose_editor/editor.js";

const ATTRIBUTE = "data-iria-prose";
const starting = new WeakSet();

function start(textarea) {
  if (starting.has(textarea) || textarea.closest(".prose-editor")) return;
  starting.add(textarea);
  const { extensions } = JSON.parse(textarea.getAttribute(ATTRIBUTE));
  const chosen = Object.entries(extensions).map(([name, options]) => {
    const extension = prose[name];
    if (!extension) throw new Error(`The editor has no extension “${name}”.`);
    return typeof options === "object" ? extension.configure(options) : extension;
  });
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  const editor = prose.createTextareaEditor(textarea, chosen);
  // The label points at the hidden text area: name the editor itself for screen readers, and follow a click.
  const dom = editor.view.dom;
  dom.setAttribute("role", "textbox");
  dom.setAttribute("aria-multiline", "true");
  if (label) {
    label.id ||= `${textarea.id}_label`;
    dom.setAttribute("aria-labelledby", label.id);
    label.addEventListener("click", () => editor.commands.focus());
  }
  const help = document.getElementById(`${textarea.id}_helptext`);
  if (help) dom.setAttribute("aria-describedby", help.id);
}

prose.initializeEditors(start, `[${ATTRIBUTE}]`);
document.addEventListener("iria:swapped", () => document.querySelectorAll(`[${ATTRIBUTE}]`).forEach(start));
