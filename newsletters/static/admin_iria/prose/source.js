// From the source of a text to the editor's document, and back. Guarantee: a block that nobody touched is written back
// as it was, byte for byte; a block that was changed differs by the change alone; and what the editor can't show stands
// in it as a closed box with its source (kept.js), which is found out by writing each block back and comparing.
import { pm } from "../../django_prose_editor/editor.js";

import { INLINE } from "./nodes.js";

const { DOMParser: SchemaParser, DOMSerializer } = pm.model;
// What may hold bare text, and what a paragraph made of it is called meanwhile; `doc` is the text itself.
const BARE = { li: "item", td: "item", th: "item", blockquote: "quoted", div: "bare" };
const BARE_IN = { listItem: "item", tableCell: "item", tableHeader: "item", blockquote: "quoted", doc: "bare" };
const RENAMED = { b: "strong", i: "em" };
const isBlank = (node) => node.nodeType === 3 && !/[^ \t\r\n\f]/.test(node.data);
const isInline = (node) => node.nodeType === 3 || INLINE.has(node.localName) || node.localName === "img";

export function parsed(html) {
  const holder = document.implementation.createHTMLDocument("").createElement("div");
  holder.innerHTML = html;
  return holder;
}

// --- Reading ---
export function read(html, schema) {
  const sources = blocksOf(parsed(html));
  const nodes = sources.map((source) => blockFrom(source, schema));
  if (!nodes.length) nodes.push(schema.nodes.paragraph.create());
  return schema.topNodeType.create(null, nodes);
}

// The source of each block with the white space before it; a run of text without any block around it is one as well.
function blocksOf(holder) {
  const found = [];
  let [gap, run] = ["", ""];
  const endRun = () => {
    if (run) found.push(run);
    run = "";
  };
  for (const node of holder.childNodes) {
    const source = node.nodeType === 3 ? escaped(node.data) : node.outerHTML;
    if (source === undefined) continue; // a comment
    if (isBlank(node) && !run) gap += source;
    else if (isInline(node) && node.localName !== "img") {
      run += gap + source;
      gap = "";
    } else {
      endRun();
      found.push(gap + source);
      gap = "";
    }
  }
  endRun();
  return found;
}
function escaped(text) {
  const holder = document.createElement("p");
  holder.textContent = text;
  return holder.innerHTML;
}

function blockFrom(source, schema) {
  const prepared = prepare(parsed(source));
  const doc = SchemaParser.fromSchema(schema).parse(prepared);
  if (doc.childCount === 1 && !hasUnevenTable(doc)) {
    const [was, now] = [prepared, prepare(parsed(written(doc.firstChild)))].map(comparable);
    if (was === now) return doc.firstChild;
  }
  return schema.nodes.kept.create({ html: source });
}

// One that the editor would fill up to a rectangle.
function hasUnevenTable(doc) {
  let uneven = false;
  doc.descendants((node) => {
    if (node.type.spec.tableRole === "table" && (!node.childCount || pm.tables.TableMap.get(node).problems))
      uneven = true;
  });
  return uneven;
}

// The same in the way that the schema reads: today's names, bare text in a paragraph that says so, rows that know their
// section, a caption beside its table.
export function prepare(holder) {
  for (const [old, name] of Object.entries(RENAMED))
    holder.querySelectorAll(old).forEach((element) => rename(element, name));
  holder.querySelectorAll("p").forEach((element) => element.setAttribute("data-form", "p"));
  for (const element of [holder, ...holder.querySelectorAll(Object.keys(BARE).join())]) wrapBareText(element);
  for (const table of holder.querySelectorAll("table")) {
    for (const section of table.querySelectorAll(":scope > thead, :scope > tbody, :scope > tfoot")) {
      [...section.rows].forEach((row, n) => row.setAttribute("data-section", section.localName + (n ? "" : " first")));
    }
  }
  return putCaptionsBeside(holder);
}
export function putCaptionsBeside(holder) {
  for (const caption of holder.querySelectorAll("table > caption")) {
    const table = caption.parentElement;
    const outer = table.ownerDocument.createElement("iria-captioned");
    table.replaceWith(outer);
    outer.append(rename(caption, "iria-caption"), table);
  }
  return holder;
}
function rename(element, name) {
  const renamed = element.ownerDocument.createElement(name);
  for (const { name: key, value } of element.attributes) renamed.setAttribute(key, value);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
  return renamed;
}
function wrapBareText(element) {
  let run = null;
  for (const node of Array.from(element.childNodes)) {
    if (!isInline(node) || (isBlank(node) && !run) || (node.localName === "img" && element.matches("div"))) {
      run = null;
      continue;
    }
    if (!run) {
      run = element.ownerDocument.createElement("p");
      run.setAttribute("data-form", BARE[element.localName]);
      node.before(run);
    }
    run.append(node);
  }
}

// Two that read the same are the same string: white space, the order of attributes, and marks that only touch apart.
function comparable(holder) {
  return textOf(holder, false)
    .replace(/<\/(em|strong|sub|sup|small|code|q|cite)><\1>/g, "")
    .replace(/ *(<\/?(?!\/?(?:em|strong|sub|sup|small|code|abbr|q|cite|a|img)\b)[^>]*>) */g, "$1")
    .replace(/ ((?:<[^>]*>)*) /g, " $1");
}
function textOf(node, isVerbatim) {
  if (node.nodeType === 3) {
    if (isVerbatim) return encodeURIComponent(node.data);
    return node.data.replace(/[ \t\r\n\f]+/g, " ").replaceAll("<", "&lt;");
  }
  if (node.nodeType !== 1) return "";
  const attributes = [...node.attributes]
    .filter(({ name, value }) => !(name === "rel" || (/^(col|row)span$|^start$/.test(name) && value === "1")))
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  const inner = [...node.childNodes].map((child) => textOf(child, isVerbatim || node.localName === "pre")).join("");
  return `<${[node.localName, ...attributes.toSorted()].join(";")}>${inner}</${node.localName}>`;
}

// --- Writing ---
// `sources` knows the untouched blocks, each with the white space before it and before the next.
export function write(doc, sources) {
  let html = "";
  let gap = "";
  doc.forEach((node) => {
    const source = sources.get(node);
    html += source?.html ?? gap + written(node);
    gap = source?.next ?? "";
  });
  return html;
}

export function remember(doc, html) {
  const sources = new WeakMap();
  const all = blocksOf(parsed(html));
  const gaps = all.map((source) => source.match(/^[ \t\r\n\f]*/)[0]);
  all.forEach((source, n) => sources.set(doc.child(n), { html: source, next: gaps[n + 1] ?? "" }));
  return sources;
}

// Attributes in the order in which everybody writes them.
const ORDER = "href src alt title id start colspan rowspan scope data-picture role rel".split(" ");

function written(node) {
  const holder = document.createElement("div");
  appendBlocks(holder, [node]);
  for (const element of holder.querySelectorAll("*")) {
    element.removeAttribute("data-form");
    element.removeAttribute("data-section");
    for (const name of ORDER.filter((each) => element.hasAttribute(each))) moveToEnd(element, name);
  }
  return holder.innerHTML;
}
function moveToEnd(element, name) {
  const value = element.getAttribute(name);
  element.removeAttribute(name);
  element.setAttribute(name, value);
}

function appendBlocks(holder, nodes, outer = null) {
  nodes.forEach((node, n) => {
    if (node.type.name === "kept") {
      holder.append(...parsed(node.attrs.html).childNodes);
    } else if (isBareText(node, outer) && !isBareText(nodes[n - 1], outer) && !isBareText(nodes[n + 1], outer)) {
      appendInline(
        holder,
        [...childrenOf(node)].map((child) => [child, child.marks]),
      );
    } else {
      holder.append(blockOf(node));
    }
  });
}
function isBareText(node, outer) {
  if (node?.type.name !== "paragraph") return false;
  const bare = BARE_IN[outer?.type.name ?? "doc"];
  return node.attrs.form === bare || (node.attrs.form === null && bare === "item");
}
function* childrenOf(node) {
  for (let n = 0; n < node.childCount; n += 1) yield node.child(n);
}

function blockOf(node) {
  if (node.type.name === "captionedTable") {
    const table = blockOf(node.lastChild);
    table.prepend(rename(blockOf(node.firstChild), "caption"));
    return table;
  }
  const { dom, contentDOM } = rendered(node.type.spec.toDOM(node));
  if (!contentDOM) return dom;
  const children = [...childrenOf(node)];
  if (node.type.spec.tableRole === "table") appendSections(dom, children);
  else if (node.inlineContent)
    appendInline(
      contentDOM,
      children.map((child) => [child, child.marks]),
    );
  else if (children.some((child) => child.marks.length))
    appendInline(
      contentDOM,
      children.map((child) => [child, child.marks]),
    );
  else appendBlocks(contentDOM, children, node);
  return dom;
}
const rendered = (spec) => DOMSerializer.renderSpec(document, spec);

// A row that was added takes the section of the one above; headings at the top of a new table are its head.
function appendSections(table, rows) {
  table.replaceChildren();
  let section = null;
  rows.forEach((row, n) => {
    const [name, first] = (row.attrs.section ?? "").split(" ");
    const isHead = !name && n === 0 && [...childrenOf(row)].every((child) => child.type.name === "tableHeader");
    const wanted = name || (isHead ? "thead" : !section || section.localName === "thead" ? "tbody" : section.localName);
    if (section?.localName !== wanted || first) {
      section = document.createElement(wanted);
      table.append(section);
    }
    section.append(blockOf(row));
  });
}

const depthOf = ({ mark }) => mark.attrs.depth ?? Infinity;
// The mark that reaches farthest is the outer one; of two that reach as far, the one that was the outer.
function appendInline(holder, items) {
  for (let n = 0; n < items.length;) {
    const [node, marks] = items[n];
    if (!marks.length) {
      if (node.isText) holder.append(node.text);
      else holder.append(node.isInline ? rendered(node.type.spec.toDOM(node)).dom : blockOf(node));
      n += 1;
      continue;
    }
    const reach = marks.map((mark) => {
      let end = n + 1;
      while (end < items.length && mark.isInSet(items[end][1])) end += 1;
      return { mark, end };
    });
    reach.sort((one, other) => other.end - one.end || depthOf(one) - depthOf(other) || 0);
    const { mark, end } = reach[0];
    const { dom, contentDOM } = rendered(mark.type.spec.toDOM(mark, true));
    appendInline(
      contentDOM ?? dom,
      items.slice(n, end).map(([each, its]) => [each, mark.removeFromSet(its)]),
    );
    holder.append(dom);
    n = end;
  }
}
