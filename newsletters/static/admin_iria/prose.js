// Starts the rich editor on every text area that asks for it. See newsletters/admin/content/rich_editor.py for why not the
// package's own starter. The relative address holds in both kinds of static files storage: hashed copies stand
// beside the plain ones.
import * as prose from "../django_prose_editor/editor.js";
import { Directions } from "./prose_directions.js";

import { Footnotes } from "./prose/footnotes.js";
import { Kept } from "./prose/kept.js";
import { checkElements, OURS } from "./prose/nodes.js";
import { pasting } from "./prose/paste.js";
import { withPictureDialog } from "./prose/picture_figure.js";
import { read, remember, write } from "./prose/source.js";

const ATTRIBUTE = "data-iria-prose";
const starting = new WeakSet();
const known = { ...prose, ...OURS, Figure: withPictureDialog(OURS.Figure), Footnotes, Kept };

function start(textarea) {
  if (starting.has(textarea) || textarea.closest(".prose-editor")) return;
  starting.add(textarea);
  const { extensions, elements, upload } = JSON.parse(textarea.getAttribute(ATTRIBUTE));
  const chosen = Object.entries(extensions).map(([name, options]) => {
    const extension = known[name];
    if (!extension) throw new Error(`The editor has no extension “${name}”.`);
    return typeof options === "object" ? extension.configure(options) : extension;
  });
  const editor = createEditor(
    textarea,
    [...chosen, Directions, OURS.Attributes.configure({ elements })],
    elements,
    upload,
  );
  nameEditor(textarea, editor);
}

function createEditor(textarea, extensions, elements, upload) {
  const holder = prose.crel("div", { className: "prose-editor" });
  textarea.before(holder);
  holder.append(textarea);
  let sources = new WeakMap();
  const editor = new prose.Editor({
    element: holder,
    editable: !textarea.disabled,
    extensions,
    editorProps: pasting((words) => sayBelow(holder, words), upload),
    onUpdate() {
      const { doc } = editor.state;
      const isEmpty = doc.childCount === 1 && doc.firstChild.type.name === "paragraph" && !doc.firstChild.content.size;
      textarea.value = isEmpty ? "" : write(doc, sources);
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  checkElements(elements, editor.schema);
  const doc = read(textarea.value, editor.schema);
  // Not a change, and nothing to undo.
  editor.view.updateState(prose.pm.state.EditorState.create({ doc, plugins: editor.state.plugins }));
  sources = remember(editor.state.doc, textarea.value);
  return editor;
}

// What became of a paste, until the next one.
function sayBelow(holder, words) {
  let note = holder.querySelector(":scope > .iria-paste-note");
  if (!note) {
    note = prose.crel("p", { className: "iria-paste-note" });
    note.setAttribute("role", "status");
    holder.append(note);
  }
  note.hidden = !words;
  note.textContent = words;
}

// The label points at the hidden text area: name the editor itself for screen readers, and follow a click.
function nameEditor(textarea, editor) {
  const dom = editor.view.dom;
  dom.setAttribute("role", "textbox");
  dom.setAttribute("aria-multiline", "true");
  const label = document.querySelector(`label[for="${textarea.id}"]`);
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
