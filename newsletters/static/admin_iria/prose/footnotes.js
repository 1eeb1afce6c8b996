// Footnotes: a raised number in the text, and its note in the list at the end. Numbers follow the order of the text, also
// when passages with references are moved or taken out; a note that nothing refers to any more stays, as the last one.
import { Extension, pm } from "../../django_prose_editor/editor.js";

const { Fragment, Slice } = pm.model;
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

// 1, 2, 3 in the order of the text; what leads back to a note and where the note leads back to follow. Of several
// references to one note the first has the id. Whether anything had to be changed.
function renumber(tr) {
  const { doc } = tr;
  const { schema } = doc.type;
  const { link } = schema.marks;
  const references = referencesIn(doc);
  const numbers = new Map();
  for (const { name } of references) if (!numbers.has(name)) numbers.set(name, String(numbers.size + 1));
  const notes = notesIn(doc);
  for (const { name } of notes) if (!numbers.has(name)) numbers.set(name, String(numbers.size + 1));
  const seen = new Set();
  const isRepeated = references.some(({ name, link: mark }) => mark.attrs.id && (seen.has(name) || !seen.add(name)));
  if (!isRepeated && [...numbers].every(([name, number]) => name === number)) return false;
  notes.forEach(({ name, at, node }) => tr.setNodeMarkup(at, null, { ...node.attrs, id: `fn-${numbers.get(name)}` }));
  doc.descendants((node, at) => {
    const back = node.isText && node.marks.find((mark) => mark.type === link && mark.attrs.href?.startsWith("#fnref-"));
    const number = back && numbers.get(back.attrs.href.slice("#fnref-".length));
    if (number) tr.addMark(at, at + node.nodeSize, link.create({ ...back.attrs, href: `#fnref-${number}` }));
  });
  const firsts = new Map();
  for (const { name, at, link: mark } of references) if (mark.attrs.id && !firsts.has(name)) firsts.set(name, at);
  for (const { name, at, node, link: mark } of references.toReversed()) {
    const number = numbers.get(name);
    const id = firsts.get(name) === at ? `fnref-${number}` : null;
    const marks = link.create({ ...mark.attrs, href: `#fn-${number}`, id }).addToSet(mark.removeFromSet(node.marks));
    tr.replaceWith(at, at + node.nodeSize, schema.text(node.text === name ? number : node.text, marks));
  }
  sorted(tr);
  return true;
}

// The list counts its items itself, so they stand in the order of their numbers.
function sorted(tr) {
  const notes = notesIn(tr.doc);
  const isOneRun = notes.every(({ at }, n) => n === 0 || notes[n - 1].at + notes[n - 1].node.nodeSize === at);
  const wanted = notes.toSorted((one, other) => Number(one.name) - Number(other.name));
  if (!isOneRun || wanted.every((note, n) => note === notes[n])) return;
  const end = notes.at(-1).at + notes.at(-1).node.nodeSize;
  tr.replaceWith(
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

// --- Pasting ---
// What is pasted or dropped brings notes along in a list of its own. They don't stay where the caret is: what is typed
// next, and the rest of the paragraph, would become part of the last note. `take` cuts them out of the slice under names
// that nothing else has, `put` adds them to the notes of the text in the same step.
const isNotes = ({ type, content }) =>
  type.name === "orderedList" && content.content.every(({ attrs }) => NOTE.test(attrs.id ?? ""));

function take(slice, doc) {
  const lists = slice.content.content.filter(isNotes);
  const items = lists.flatMap(({ content }) => content.content);
  if (!items.length) return { slice, items };
  const known = new Set([...notesIn(doc), ...referencesIn(doc)].map(({ name }) => name));
  const names = new Map(items.map(({ attrs }) => [attrs.id.match(NOTE)[1], null]));
  let n = 0;
  for (const name of names.keys()) {
    do n += 1;
    while (known.has(`p${n}`));
    names.set(name, `p${n}`);
  }
  const rest = slice.content.content.filter((node) => !lists.includes(node)).map((node) => renamed(node, names));
  if (rest.length)
    return { slice: Slice.maxOpen(Fragment.from(rest)), items: items.map((item) => renamed(item, names)) };
  const alone = slice.content.content.map((node) => renamed(node, names)); // the list itself was copied
  return { slice: new Slice(Fragment.from(alone), slice.openStart, slice.openEnd), items: [] };
}

function renamed(node, names) {
  if (!node.isText) {
    const id = names.get((node.attrs.id ?? "").match(NOTE)?.[1]);
    const content = Fragment.from(node.content.content.map((inner) => renamed(inner, names)));
    return id ? node.type.create({ ...node.attrs, id: `fn-${id}` }, content, node.marks) : node.copy(content);
  }
  const link = node.marks.find(({ type }) => type.name === "link");
  const [, kind, old] = (link?.attrs.href ?? "").match(/^#(fn|fnref)-([0-9a-z]{1,8})$/) ?? [];
  const name = names.get(old);
  if (!name) return node;
  const attrs = { ...link.attrs, href: `#${kind}-${name}`, id: link.attrs.id && `fnref-${name}` };
  const marks = link.type.create(attrs).addToSet(link.removeFromSet(node.marks));
  return node.type.schema.text(kind === "fn" && node.text === old ? name : node.text, marks);
}

function put(tr, items) {
  const last = notesIn(tr.doc).at(-1);
  if (last) tr.insert(last.at + last.node.nodeSize, items);
  else tr.insert(tr.doc.content.size, tr.doc.type.schema.nodes.orderedList.create(null, items));
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

function plugin() {
  let taken = [];
  return new Plugin({
    props: {
      handleTextInput: typeBehindReference,
      transformPasted(slice, view) {
        const { slice: left, items } = take(slice, view.state.doc);
        taken = items;
        return left;
      },
    },
    // Only where references came, went or moved: an imported text keeps the numbers that it has.
    appendTransaction(transactions, before, state) {
      if (!transactions.some((each) => each.docChanged)) return null;
      const isPasted = transactions.some((each) => ["paste", "drop"].includes(each.getMeta("uiEvent")));
      const { tr } = state;
      if (isPasted && taken.length) put(tr, taken.splice(0));
      if (!tr.docChanged && namesIn(before.doc) === namesIn(state.doc)) return null;
      return renumber(tr) || tr.docChanged ? tr : null;
    },
  });
}

export const Footnotes = Extension.create({
  name: "footnotes",
  addProseMirrorPlugins: () => [plugin()],
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
