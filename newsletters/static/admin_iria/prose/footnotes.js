// Footnotes: a raised number in the text, and its note in the list at the end. Numbers follow the order of the text, also
// when passages with references are moved or taken out; a note that nothing refers to any more stays, as the last one.
import { Extension, pm } from "../../django_prose_editor/editor.js";

const { Plugin, TextSelection } = pm.state;
const TO_NOTE = /^#fn-([0-9a-z]{1,8})$/;
const NOTE = /^fn-([0-9a-z]{1,8})$/;

function referencesIn(doc) {
  const found = [];
  doc.descendants((node, at) => {
    const link =
      node.isText && node.marks.find((mark) => mark.type.name === "link" && TO_NOTE.test(mark.attrs.href ?? ""));
    if (link) found.push({ name: link.attrs.href.match(TO_NOTE)[1], at, node, link });
  });
  return found;
}
const namesIn = (doc) =>
  referencesIn(doc)
    .map(({ name }) => name)
    .join();
function notesIn(doc) {
  const found = [];
  doc.descendants((node, at) => {
    if (node.type.name === "listItem" && NOTE.test(node.attrs.id ?? ""))
      found.push({ name: node.attrs.id.match(NOTE)[1], at, node });
  });
  return found;
}

// 1, 2, 3 in the order of the text; what leads back to a note and where the note leads back to follow.
function renumbered(state) {
  const references = referencesIn(state.doc);
  const numbers = new Map();
  for (const { name } of references) if (!numbers.has(name)) numbers.set(name, String(numbers.size + 1));
  const notes = notesIn(state.doc);
  for (const { name } of notes) if (!numbers.has(name)) numbers.set(name, String(numbers.size + 1));
  if ([...numbers].every(([name, number]) => name === number)) return null;
  const tr = state.tr;
  const { link } = state.schema.marks;
  notes.forEach(({ name, at, node }) => tr.setNodeMarkup(at, null, { ...node.attrs, id: `fn-${numbers.get(name)}` }));
  state.doc.descendants((node, at) => {
    const back = node.isText && node.marks.find((mark) => mark.type === link && mark.attrs.href?.startsWith("#fnref-"));
    const number = back && numbers.get(back.attrs.href.slice("#fnref-".length));
    if (number) tr.addMark(at, at + node.nodeSize, link.create({ ...back.attrs, href: `#fnref-${number}` }));
  });
  for (const { name, at, node, link: mark } of references.toReversed()) {
    const number = numbers.get(name);
    const id = mark.attrs.id && `fnref-${number}`;
    const marks = link.create({ ...mark.attrs, href: `#fn-${number}`, id }).addToSet(mark.removeFromSet(node.marks));
    tr.replaceWith(at, at + node.nodeSize, state.schema.text(node.text === name ? number : node.text, marks));
  }
  return sorted(tr);
}

// The list counts its items itself, so they stand in the order of their numbers.
function sorted(tr) {
  const notes = notesIn(tr.doc);
  const isOneRun = notes.every(({ at }, n) => n === 0 || notes[n - 1].at + notes[n - 1].node.nodeSize === at);
  const wanted = notes.toSorted((one, other) => Number(one.name) - Number(other.name));
  if (!isOneRun || wanted.every((note, n) => note === notes[n])) return tr;
  const end = notes.at(-1).at + notes.at(-1).node.nodeSize;
  return tr.replaceWith(
    notes[0].at,
    end,
    wanted.map(({ node }) => node),
  );
}

// What is typed behind a reference is text again, not a longer number.
function typeBehindReference(view, from, to, text) {
  const { state } = view;
  const { nodeBefore } = state.doc.resolve(from);
  const mark = nodeBefore?.marks.find(({ type, attrs }) => type.name === "link" && TO_NOTE.test(attrs.href ?? ""));
  if (from !== to || !mark || mark.isInSet(state.doc.resolve(from).nodeAfter?.marks ?? [])) return false;
  const { link, superscript } = state.schema.marks;
  const tr = state.tr.insertText(text, from);
  view.dispatch(tr.removeMark(from, from + text.length, link).removeMark(from, from + text.length, superscript));
  return true;
}

function insertFootnote(editor) {
  const { state, view } = editor;
  const { schema } = state;
  const { link, superscript } = schema.marks;
  const { listItem, orderedList, paragraph } = schema.nodes;
  const notes = notesIn(state.doc);
  const name = `n${Date.now().toString(36).slice(-6)}`; // until it is numbered, a moment later
  const marks = [superscript.create({ depth: 0 }), link.create({ href: `#fn-${name}`, id: `fnref-${name}`, depth: 1 })];
  const following = referencesIn(state.doc).find((each) => each.at >= state.selection.from)?.name;
  const next = notes.find((note) => note.name === following);
  const tr = state.tr.replaceSelectionWith(schema.text(name, marks), false);
  tr.removeStoredMark(link).removeStoredMark(superscript);
  const back = schema.text("↩", [link.create({ href: `#fnref-${name}` })]);
  const item = listItem.create({ id: `fn-${name}` }, paragraph.create(null, [schema.text("\u00a0"), back]));
  const last = notes.at(-1);
  const at = tr.mapping.map(next ? next.at : last ? last.at + last.node.nodeSize : state.doc.content.size);
  tr.insert(at, last ? item : orderedList.create(null, item));
  tr.setSelection(TextSelection.create(tr.doc, at + (last ? 2 : 3)));
  view.dispatch(tr.scrollIntoView());
  view.focus();
}

export const Footnotes = Extension.create({
  name: "footnotes",
  addProseMirrorPlugins: () => [
    new Plugin({
      props: { handleTextInput: typeBehindReference },
      // Only where references came, went or moved: an imported text keeps the numbers that it has.
      appendTransaction: (transactions, before, state) =>
        transactions.some((each) => each.docChanged) && namesIn(before.doc) !== namesIn(state.doc)
          ? renumbered(state)
          : null,
    }),
  ],
  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "footnote",
      groups: "link",
      button: buttons.material("format_list_numbered_rtl", "footnote"),
      command: insertFootnote,
      enabled: (editor) => !editor.isActive("preformatted") && !editor.isActive("link"),
    });
  },
});
