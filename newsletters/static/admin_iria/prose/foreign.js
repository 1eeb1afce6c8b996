// What other programs put into the clipboard, made into what an article can hold: Word (desktop and web), Google Docs,
// LibreOffice, and pages of the web. Looked at in an inert document; each step walks it once.
import { makeLists } from "./foreign_lists.js";
import { makeNotes } from "./foreign_notes.js";
import { putCaptionsBeside } from "./source.js";

export const MOST_CHARACTERS = 3_000_000; // besides pictures
const DROPPED = [
  "script",
  "style",
  "meta",
  "link",
  "title",
  "xml",
  "template",
  "noscript",
  "del",
  "[style*='mso-hide:all' i]",
  "[style*='display:none' i]",
  "[style*='display: none' i]",
  "br.Apple-interchange-newline",
  "[style*='mso-element:comment' i]",
  "[style*='mso-special-character:comment' i]",
  ".msocomanchor",
  ".EOP",
].join();
const LOST = {
  drawings: "v\\:shape, svg, canvas, w\\:drawing, wps\\:wsp",
  videos: "iframe, video, audio, object, embed",
  formulas: "math, m\\:omath, m\\:omathpara",
};
const DEEPEST = 100; // elements, one within another
const HIGHEST = 2;
const LOWEST = 4;

// { root, pictures, lost }: what to paste; the pictures in it that must be uploaded; how many of what can't be kept.
// Null for what no program writes: hundreds of elements, one within another.
export function cleaned(html, nextNote = 1) {
  const root = new DOMParser().parseFromString(html, "text/html").body;
  if (isTooDeep(root)) return null;
  const lost = {};
  for (const [kind, selector] of Object.entries(LOST)) {
    const found = root.querySelectorAll(selector);
    if (found.length) lost[kind] = found.length;
    found.forEach((element) => element.replaceWith(kind === "formulas" ? element.textContent : ""));
  }
  removeComments(root);
  root.querySelectorAll(DROPPED).forEach((element) => element.remove());
  root.querySelectorAll("o\\:p, ins, w\\:sdt, google-sheets-html-origin").forEach(unwrap);
  const noNotes = makeNotes(root, nextNote); // first: its links have names that the other steps don't keep
  if (noNotes) lost.notes = noNotes;
  makeHeadings(root);
  makeMarks(root);
  makeLists(root);
  makeLinks(root, lost);
  makeTables(root);
  const pictures = makePictures(root, lost);
  tidySpaces(root);
  removeEmpty(root);
  putCaptionsBeside(root);
  return { root, pictures, lost };
}

function isTooDeep(root) {
  const depths = new WeakMap([[root, 0]]);
  for (const element of root.querySelectorAll("*")) {
    const depth = depths.get(element.parentNode) + 1;
    if (depth > DEEPEST) return true;
    depths.set(element, depth);
  }
  return false;
}
function unwrap(element) {
  element.replaceWith(...element.childNodes);
}
function rename(element, name) {
  const renamed = document.createElement(name);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
  return renamed;
}
function removeComments(root) {
  const comments = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (comments.nextNode()) found.push(comments.currentNode);
  found.forEach((comment) => comment.remove());
}

// --- Headings: whatever says that it is one; the highest becomes the highest of an article ---
function makeHeadings(root) {
  for (const paragraph of root.querySelectorAll("p, div[role=heading]")) {
    const level = headingLevel(paragraph);
    if (level) rename(paragraph, `h${level}`);
  }
  const headings = [...root.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((each) => each.textContent.trim());
  const highest = Math.min(...headings.map((each) => Number(each.localName[1])));
  for (const heading of headings) {
    const level = Math.min(LOWEST, Number(heading.localName[1]) - highest + HIGHEST);
    const made = rename(heading, `h${level}`);
    made.querySelectorAll("p").forEach(unwrap);
  }
}
function headingLevel(paragraph) {
  const style = paragraph.getAttribute("style") ?? "";
  if (/^Mso(Title|Heading1)\b/i.test(paragraph.className)) return 1;
  if (/^MsoSubtitle\b/i.test(paragraph.className)) return 2;
  const said = paragraph.getAttribute("role") === "heading" && paragraph.getAttribute("aria-level");
  const parts = paragraph.querySelectorAll("[data-ccp-parastyle]");
  const named = parts.length && parts[0].getAttribute("data-ccp-parastyle").match(/^heading (\d)$/i)?.[1];
  const outline = !/mso-list:/i.test(style) && style.match(/mso-outline-level:\s*(\d)/i)?.[1];
  return Math.min(6, Number(said || named || outline) || 0);
}

// --- Bold, italic, raised and lowered: by the element, unless its style says no; or by the style of any span ---
function makeMarks(root) {
  for (const element of root.querySelectorAll("b, strong, i, em, span, font, u, s, strike, mark, sub, sup")) {
    const style = element.getAttribute("style") ?? "";
    const weight = style.match(/(?:^|;)\s*font-weight:\s*(\w+)/i)?.[1];
    const slant = style.match(/(?:^|;)\s*font-style:\s*(\w+)/i)?.[1];
    const height = style.match(/(?:^|;)\s*vertical-align:\s*(super|sub)\b/i)?.[1];
    const isBold = weight ? /^bold/i.test(weight) || Number(weight) >= 600 : /^(b|strong)$/.test(element.localName);
    const isItalic = slant ? /^(italic|oblique)/i.test(slant) : /^(i|em)$/.test(element.localName);
    const raised = height
      ? { super: "sup", sub: "sub" }[height.toLowerCase()]
      : element.localName.match(/^su[bp]$/)?.[0];
    const isMarker = /mso-list:\s*Ignore/i.test(style);
    if (isMarker) continue;
    // A wrapper around whole paragraphs is none: Google Docs puts everything into a <b> that isn't bold.
    const isInline = !element.querySelector("p, h2, h3, h4, ul, ol, table, div, li");
    const isInHeading = element.closest("h2, h3, h4");
    const wanted = isInline ? [isBold && !isInHeading && "strong", isItalic && "em", raised].filter(Boolean) : [];
    let inner = [...element.childNodes];
    for (const name of wanted) {
      if (!inner.some((node) => node.textContent.trim() || node.localName === "img")) break;
      const mark = document.createElement(name);
      mark.append(...inner);
      inner = [mark];
    }
    element.replaceWith(...inner);
  }
}

// --- Links that lead somewhere for a reader ---
function makeLinks(root, lost) {
  for (const link of root.querySelectorAll("a")) {
    const href = (link.getAttribute("href") ?? "").trim();
    const through = href.match(/^https?:\/\/(?:www\.)?google\.[a-z.]+\/url\?(?:.*&)?q=([^&]+)/i)?.[1];
    if (/^#fn(ref)?-\d+$/.test(href)) continue;
    if (/^file:/i.test(href)) lost.links = (lost.links ?? 0) + 1;
    if (!/^(https?:|mailto:|tel:)/i.test(href) || !link.textContent.trim()) unwrap(link);
    else if (through && /^https?%3A/i.test(through)) link.setAttribute("href", decodedOr(through, href));
  }
}
function decodedOr(text, otherwise) {
  try {
    return decodeURIComponent(text);
  } catch {
    return otherwise;
  }
}

// --- Tables: of one cell they only place things; Word's captions stand beside theirs ---
function makeTables(root) {
  for (const table of root.querySelectorAll("table")) {
    const cells = table.querySelectorAll("td, th");
    if (cells.length === 1) {
      table.replaceWith(...cells[0].childNodes);
      continue;
    }
    const around = table.parentElement.matches("div:not(:has(> :nth-child(2)))") ? table.parentElement : table;
    const beside = [around.previousElementSibling, around.nextElementSibling];
    const caption = beside.find((each) => each?.matches("p.MsoCaption"));
    if (caption && !table.caption) table.prepend(rename(caption, "caption"));
  }
}

// --- Pictures: ours stay, those in the clipboard are uploaded, others can't be had ---
function makePictures(root, lost) {
  const pictures = [];
  for (const image of root.querySelectorAll("img")) {
    const source = image.getAttribute("src") ?? "";
    const isTracker = Number(image.getAttribute("width")) === 1 || Number(image.getAttribute("height")) === 1;
    if (/^data:image\/(png|jpe?g|gif|webp);base64,/i.test(source)) pictures.push(image);
    else if (!isOurs(source)) {
      if (!isTracker) lost.pictures = (lost.pictures ?? 0) + 1;
      image.remove();
      continue;
    }
    const block = image.closest("p, div, span");
    if (block && root.contains(block) && !block.textContent.trim() && block.querySelectorAll("img").length === 1) {
      const figure = document.createElement("figure");
      (block.localName === "p" || block.localName === "div" ? block : image).replaceWith(figure);
      figure.append(image);
    }
  }
  return pictures;
}
function isOurs(source) {
  try {
    const { origin, pathname } = new URL(source, location.href);
    return origin === location.origin && pathname.startsWith("/media/pictures/");
  } catch {
    return false;
  }
}

// --- What only kept things apart ---
function tidySpaces(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    // Word and browsers make spaces unbreakable where there are several; a single one was meant.
    if (text.data.includes("\u00a0")) text.data = text.data.replace(/[ \u00a0]{2,}/g, " ");
  }
}
function removeEmpty(root) {
  for (const lineBreak of root.querySelectorAll("br")) {
    const outer = lineBreak.parentElement;
    const isBetween = outer === root || outer.querySelector(":scope > :is(p, ul, ol, table, h2, h3, h4)");
    if (isBetween) lineBreak.remove();
  }
  for (const element of root.querySelectorAll("p, h2, h3, h4, ul, ol, li, sup, sub, caption")) {
    if (!element.textContent.replace(/[\s\u00a0]+/g, "") && !element.querySelector("img, table, ul, ol"))
      element.remove();
  }
}
