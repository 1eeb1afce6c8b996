// Lists as Word writes them (paragraphs with `mso-list`), as Word on the web does (a list an item, with `aria-level`), and
// as Google Docs does (a list directly within a list), made into nested lists.
const MSO = /mso-list:\s*l(\d+)\s+level(\d+)\s+lfo(\d+)/i;
const ROMAN = { i: 1, v: 5, x: 10, l: 50, c: 100, d: 500, m: 1000 };
const MOST_LEVELS = 9; // as in Word

export function makeLists(root) {
  for (const paragraph of root.querySelectorAll("p")) {
    const found = paragraph.getAttribute("style")?.match(MSO);
    if (found) paragraph.setAttribute("data-level", found[2]);
  }
  wordParagraphs(root);
  markersElsewhere(root);
  listsOfOneItem(root);
  listsWithinLists(root);
}

// --- Word: paragraphs one after another, each with its level and its marker ---
function wordParagraphs(root) {
  for (const first of root.querySelectorAll("p[data-level]")) {
    if (!first.isConnected || !first.hasAttribute("data-level")) continue;
    const items = [];
    for (let next = first; next?.matches("p[data-level]"); next = next.nextElementSibling) items.push(itemOf(next));
    first.before(nested(items));
    items.forEach(({ paragraph }) => paragraph.remove());
  }
}
// A numbered heading keeps its number, as a word.
function markersElsewhere(root) {
  for (const marker of root.querySelectorAll("[style*='mso-list:Ignore' i]")) {
    marker.replaceWith(`${marker.textContent.replace(/[\s\u00a0]+/g, "")} `);
  }
}
function itemOf(paragraph) {
  const marker = paragraph.querySelector("[style*='mso-list:Ignore' i], [style*='mso-list: Ignore' i]");
  const said = (marker?.textContent ?? "").replace(/[\s\u00a0]+/g, "");
  const level = Math.min(MOST_LEVELS, Math.max(1, Number(paragraph.getAttribute("data-level"))));
  marker?.remove();
  return { paragraph, level, start: numberOf(said), content: [...paragraph.childNodes] };
}
// Of “3.”, “(c)”, “iv)”; null for a bullet.
function numberOf(said) {
  const found = said.match(/^\(?(?:\d+\.)*(\d{1,4}|[a-z]{1,8})[.)\]:]?\)?$/i);
  if (!found || said === "o" || /^[a-z]{2,}$/i.test(said)) return null;
  const [, word] = found;
  if (/^\d/.test(word)) return Number(word);
  const lower = word.toLowerCase();
  if (/^[ivxlcdm]+$/.test(lower) && (lower.length > 1 || lower === "i")) return roman(lower);
  return lower.length === 1 ? lower.codePointAt(0) - 96 : null;
}
function roman(word) {
  const values = [...word].map((letter) => ROMAN[letter]);
  return values.reduce((sum, value, n) => sum + (value < (values[n + 1] ?? 0) ? -value : value), 0);
}

const levelOf = (item) => Number(item.getAttribute("data-aria-level") ?? item.getAttribute("aria-level")) || 1;
const depthOf = (item) => {
  let depth = 0;
  for (let outer = item.parentElement; outer; outer = outer.parentElement)
    if (/^[uo]l$/.test(outer.localName)) depth += 1;
  return depth;
};

// --- Word on the web: a list for each item, in wrappers ---
function listsOfOneItem(root) {
  for (const wrapper of root.querySelectorAll("div:has(> :is(ul, ol):only-child)")) {
    if (!wrapper.closest("li")) wrapper.replaceWith(...wrapper.childNodes);
  }
  for (const first of root.querySelectorAll("ul, ol")) {
    if (!first.isConnected || first.closest("li")) continue;
    const lists = [first];
    for (let next = first.nextElementSibling; next?.matches("ul, ol"); next = next.nextElementSibling) lists.push(next);
    const items = lists.flatMap((list) => [...list.querySelectorAll("li")]);
    const isFlat = items.some((item) => levelOf(item) > depthOf(item));
    if (!isFlat && !lists.some((list) => list.querySelector("li[data-listid]"))) continue;
    const flat = items.map((item) => ({
      level: Math.min(MOST_LEVELS, levelOf(item)),
      start: item.parentElement.localName === "ol" ? Number(item.parentElement.getAttribute("start")) || 1 : null,
      content: [...item.childNodes].filter((node) => !/^[uo]l$/.test(node.localName ?? "")),
    }));
    const made = nested(flat);
    first.before(made);
    lists.forEach((list) => list.remove());
  }
}

// One list of items that know their level; a level that is left out is not made up.
function nested(items) {
  const holder = document.createDocumentFragment();
  const open = []; // { list, level }, the outermost first
  for (const { level, start, content } of items) {
    while (open.length && open.at(-1).level > level) open.pop();
    const name = start === null ? "ul" : "ol";
    let current = open.at(-1);
    if (current && current.level === level && current.list.localName !== name) {
      open.pop();
      current = undefined;
    }
    if (!current || current.level < level) {
      const list = document.createElement(name);
      if (start !== null && start !== 1) list.setAttribute("start", start);
      (open.at(-1)?.list.lastElementChild ?? holder).append(list);
      current = { list, level };
      open.push(current);
    }
    const item = document.createElement("li");
    item.append(...content);
    current.list.append(item);
  }
  return holder;
}

// --- Google Docs, LibreOffice and old pages: a list stands beside its item instead of in it ---
function listsWithinLists(root) {
  for (const list of root.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")) {
    const before = list.previousElementSibling;
    if (before?.localName === "li") {
      before.append(list);
    } else {
      const item = document.createElement("li");
      list.before(item);
      item.append(list);
    }
  }
}
