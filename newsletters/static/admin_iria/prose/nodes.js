// What our editor holds beyond the package's own: everything that newsletters/articles/body_elements.py allows. Each
// element there has its node or mark here, with its attributes; `checkElements` throws when one is missing.
import * as prose from "../../django_prose_editor/editor.js";

const { Mark, Node, Extension } = prose;

// Where each element of the table lives in the editor. A type's own definition reads the attributes named in OWN.
const TYPES = {
  p: "paragraph", h2: "heading", h3: "heading", h4: "heading", blockquote: "blockquote", ul: "bulletList",
  ol: "orderedList", li: "listItem", pre: "preformatted", hr: "horizontalRule", table: "table",
  caption: "tableCaption", thead: "tableRow", tbody: "tableRow", tfoot: "tableRow", tr: "tableRow",
  th: "tableHeader", td: "tableCell", figure: "figure", figcaption: "caption", img: "image", br: "hardBreak",
  em: "italic", strong: "bold", sub: "subscript", sup: "superscript", small: "small", code: "code",
  abbr: "abbreviation", q: "quotation", cite: "cite", a: "link",
}; // prettier-ignore
const OWN = {
  image: ["src", "alt"],
  inlineImage: ["src", "alt"],
  link: ["href", "title"],
  orderedList: ["start"],
  tableCell: ["colspan", "rowspan"],
  tableHeader: ["colspan", "rowspan"],
};
const MARKS = [
  "italic",
  "bold",
  "subscript",
  "superscript",
  "small",
  "code",
  "abbreviation",
  "quotation",
  "cite",
  "link",
];
export const INLINE = new Set(Object.keys(TYPES).filter((tag) => tag === "br" || MARKS.includes(TYPES[tag])));

export function checkElements(elements, schema) {
  for (const tag of Object.keys(elements)) {
    const type = TYPES[tag];
    if (!type || !(schema.nodes[type] || schema.marks[type])) throw new Error(`The editor can't hold <${tag}>.`);
  }
}

const attribute = (name) => ({
  default: null,
  keepOnSplit: name !== "id", // there is one note of a number, also when Enter divides it
  parseHTML: (element) => element.getAttribute(name),
  renderHTML: (attributes) => (attributes[name] === null ? {} : { [name]: attributes[name] }),
});
const hidden = (parseHTML) => ({ default: null, rendered: false, parseHTML });

// The attributes of the table, and what writing back needs: how deep a mark stood within the others.
const Attributes = Extension.create({
  name: "elementAttributes",
  addOptions: () => ({ elements: {} }),
  addGlobalAttributes() {
    const rules = Object.entries(this.options.elements).flatMap(([tag, names]) =>
      (tag === "img" ? ["image", "inlineImage"] : [TYPES[tag]]).map((type) => ({
        types: [type],
        attributes: Object.fromEntries(
          names.filter((name) => !OWN[type]?.includes(name)).map((name) => [name, attribute(name)]),
        ),
      })),
    );
    return [...rules, { types: MARKS, attributes: { depth: hidden(depthOf) } }];
  },
});
function depthOf(element) {
  let depth = 0;
  for (let outer = element.parentElement; outer && INLINE.has(outer.localName); outer = outer.parentElement) depth += 1;
  return depth;
}

// --- Blocks ---
// `form` says how a paragraph stands in the source: "p" by itself, "tight" as the bare text of a list item or a cell.
const Paragraph = prose.Paragraph.extend({
  addAttributes: () => ({
    form: {
      default: null,
      parseHTML: (element) => element.getAttribute("data-form"),
      renderHTML: ({ form }) => (form ? { "data-form": form } : {}),
    },
  }),
});
const ListItem = prose.ListItem.extend({ content: "block+" });
const OrderedList = prose.OrderedList.extend({
  addAttributes: () => ({
    start: {
      default: null,
      parseHTML: (element) => element.getAttribute("start"),
      renderHTML: ({ start }) => (start === null || start === 1 ? {} : { start }),
    },
  }),
  addNodeView: null,
});
// Its text may carry marks, <code> among them: so both <pre> and <pre><code> come back as they were.
const Preformatted = Node.create({
  name: "preformatted",
  group: "block",
  content: "inline*",
  code: true,
  defining: true,
  parseHTML: () => [{ tag: "pre", preserveWhitespace: "full" }],
  renderHTML: ({ HTMLAttributes }) => ["pre", HTMLAttributes, 0],
  addKeyboardShortcuts() {
    return {
      Enter: ({ editor }) => editor.isActive("preformatted") && editor.commands.insertContent("\n"),
      "Mod-Enter": ({ editor }) => editor.isActive("preformatted") && editor.commands.exitCode(),
      "Mod-Alt-c": ({ editor }) => editor.commands.toggleNode("preformatted", "paragraph"),
    };
  },
});
const Code = prose.Code.extend({ excludes: "code" });

// --- Pictures: in a figure, alone, or within a line ---
const pictureAttributes = () => Object.fromEntries(["src", "alt"].map((name) => [name, attribute(name)]));
const Image = prose.Image.extend({ addAttributes: pictureAttributes, addInputRules: () => [] });
const InlineImage = Node.create({
  name: "inlineImage",
  group: "inline",
  inline: true,
  draggable: true,
  addAttributes: pictureAttributes,
  parseHTML: () =>
    ["paragraph", "heading", "preformatted", "caption", "tableCaption"].map((holder) => ({
      tag: "img[src]",
      context: `${holder}/`,
      priority: 60,
    })),
  renderHTML: ({ HTMLAttributes }) => ["img", HTMLAttributes],
});
const Figure = prose.Figure.extend({
  content: "(caption | block)+",
  marks: "link",
  addAttributes: () => ({}),
  addNodeView: null,
});
const Caption = prose.Caption.extend({ group: "", addAttributes: () => ({}) });

// --- Tables: rows know their section; a caption stands beside its table, which must hold rows alone ---
const TableRow = prose.TableRow.extend({
  addAttributes: () => ({
    section: {
      default: null,
      parseHTML: (element) => element.getAttribute("data-section") ?? sectionOf(element),
      renderHTML: ({ section }) => (section ? { "data-section": section } : {}),
    },
  }),
});
const sectionOf = ({ parentElement: outer }) =>
  outer && /^t(head|body|foot)$/.test(outer.localName) ? outer.localName : null;
const cell = {
  addAttributes: () => ({
    colspan: { default: 1, parseHTML: (element) => spanOf(element, "colspan") },
    rowspan: { default: 1, parseHTML: (element) => spanOf(element, "rowspan") },
    colwidth: { default: null, rendered: false },
  }),
};
const spanOf = (element, name) => Math.min(1000, Math.max(1, Number(element.getAttribute(name)) || 1));
const TableCaption = Node.create({
  name: "tableCaption",
  content: "inline*",
  isolating: true,
  parseHTML: () => [{ tag: "iria-caption" }, { tag: "caption" }],
  renderHTML: ({ HTMLAttributes }) => ["iria-caption", HTMLAttributes, 0],
});
const CaptionedTable = Node.create({
  name: "captionedTable",
  group: "block",
  content: "tableCaption table",
  isolating: true,
  parseHTML: () => [{ tag: "iria-captioned" }],
  renderHTML: () => ["iria-captioned", 0],
  addCommands: () => ({
    toggleTableCaption:
      () =>
      ({ state, dispatch }) => {
        const { $from } = state.selection;
        const { captionedTable, tableCaption } = state.schema.nodes;
        for (let depth = $from.depth; depth > 0; depth -= 1) {
          const node = $from.node(depth);
          const [from, to] = [$from.before(depth), $from.after(depth)];
          if (node.type === captionedTable) {
            dispatch?.(state.tr.replaceWith(from, to, node.lastChild));
            return true;
          }
          if (node.type.name === "table" && $from.node(depth - 1).type !== captionedTable) {
            const tr = state.tr.replaceWith(from, to, captionedTable.create(null, [tableCaption.create(), node]));
            dispatch?.(tr.setSelection(prose.pm.state.TextSelection.create(tr.doc, from + 2)));
            return true;
          }
        }
        return false;
      },
  }),
  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "table:caption",
      groups: "table",
      button: buttons.material("subtitles", "Table caption"),
      command: (editor) => editor.chain().focus().toggleTableCaption().run(),
      active: (editor) => editor.isActive("captionedTable"),
      hidden: (editor) => !editor.isActive("table") && !editor.isActive("captionedTable"),
    });
  },
});

// --- Marks ---
const simpleMark = (name, tag) =>
  Mark.create({ name, parseHTML: () => [{ tag }], renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes, 0] });
const abbreviationDialog = prose.updateAttrsDialog(
  { title: { type: "string", title: "What it stands for" } },
  { title: "Abbreviation", submitText: "OK" },
);
const Abbreviation = simpleMark("abbreviation", "abbr").extend({
  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "abbreviation",
      groups: "marks",
      button: buttons.material("short_text", "abbreviation"),
      active: (editor) => editor.isActive("abbreviation"),
      enabled: (editor) => !editor.state.selection.empty || editor.isActive("abbreviation"),
      async command(editor) {
        const given = await abbreviationDialog(editor, { title: editor.getAttributes("abbreviation").title ?? "" });
        if (!given) return;
        const chain = editor.chain().focus().extendMarkRange("abbreviation");
        if (given.title.trim()) chain.setMark("abbreviation", { title: given.title.trim() }).run();
        else chain.unsetMark("abbreviation").run();
      },
    });
  },
});

export const OURS = {
  Paragraph, ListItem, OrderedList, Preformatted, Code, Image, InlineImage, Figure, Caption, TableRow,
  TableCell: prose.TableCell.extend(cell), TableHeader: prose.TableHeader.extend(cell), TableCaption, CaptionedTable,
  Abbreviation, Small: simpleMark("small", "small"), Quotation: simpleMark("quotation", "q"),
  Cite: simpleMark("cite", "cite"), Attributes,
}; // prettier-ignore
