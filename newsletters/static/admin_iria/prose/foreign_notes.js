// Footnotes of Word, Google Docs, LibreOffice and the web, made into ours: a raised link to a note in a list at the end.
// All of them are two links that lead to one another, whatever their names are.
const WORD_REFERENCE =
  "a[style*='mso-footnote-id' i], a[style*='mso-endnote-id' i], a[href^='#_ftn'], a[href^='#_edn']";
const SHORT = 5; // characters: “[12]”, “↑”, “b”

// Returns how many references have no note in what was copied: they stay as the words they are.
export function makeNotes(root, nextNumber) {
  const targets = new Map();
  for (const element of root.querySelectorAll("[id], a[name]")) {
    for (const name of [element.id, element.getAttribute("name")]) {
      if (name && !targets.has(name)) targets.set(name, element);
    }
  }
  const list = document.createElement("ol");
  const numbers = new Map(); // of the notes, by what holds them
  const done = new Set();
  for (const link of root.querySelectorAll("a[href^='#']")) {
    if (done.has(link)) continue;
    const note = noteOf(link, targets, numbers);
    if (!note) continue;
    note.backs.forEach((back) => done.add(back));
    if (!numbers.has(note.holder)) {
      const number = nextNumber + numbers.size;
      numbers.set(note.holder, number);
      note.backs.forEach((back) => (back.closest("sup") ?? back).remove());
      list.append(madeNote(note.holder, number));
    }
    const number = numbers.get(note.holder);
    const isFirst = !root.querySelector(`#fnref-${number}`);
    (link.closest("sup") ?? link).replaceWith(madeReference(number, isFirst));
  }
  for (const holder of numbers.keys()) holder.remove();
  root
    .querySelectorAll("[style*='mso-element:footnote-list' i], [style*='mso-element:endnote-list' i]")
    .forEach((each) => each.remove());
  const lost = [...root.querySelectorAll(WORD_REFERENCE)].length;
  if (list.childElementCount) root.append(list);
  return lost;
}

// What a reference leads to, when that leads back: the note and its links back.
function noteOf(link, targets, numbers) {
  const target = targets.get(decoded(link));
  if (!target || target.contains(link)) return null;
  const holder =
    target.closest("li, div[id], [style*='mso-element:footnote' i], [style*='mso-element:endnote' i]") ??
    target.closest("p");
  if (!holder || holder.contains(link)) return null;
  if (numbers.has(holder)) return { holder, backs: [] };
  const names = new Set();
  for (let each = link; each && names.size < 8 && each.closest("p, li, td, body") !== each; each = each.parentElement) {
    names.add(each.id).add(each.getAttribute("name"));
  }
  for (const inner of link.querySelectorAll("[id], [name]")) names.add(inner.id).add(inner.getAttribute("name"));
  const inPage = [...holder.querySelectorAll("a[href^='#']")];
  // A note that is referred to several times has a short link back to each.
  const leadsBack = inPage.some((back) => names.has(decoded(back)));
  const backs = leadsBack ? inPage.filter((back) => back.textContent.trim().length <= SHORT) : [];
  const isBefore = link.compareDocumentPosition(holder) & 4; // Node.DOCUMENT_POSITION_FOLLOWING
  return backs.length && isBefore ? { holder, backs } : null;
}
function decoded(link) {
  const hash = link.getAttribute("href").slice(1);
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

function madeReference(number, isFirst) {
  const [sup, link] = [document.createElement("sup"), document.createElement("a")];
  link.setAttribute("href", `#fn-${number}`);
  if (isFirst) link.id = `fnref-${number}`;
  link.textContent = number;
  sup.append(link);
  return sup;
}
function madeNote(holder, number) {
  const item = document.createElement("li");
  item.id = `fn-${number}`;
  const copy = holder.cloneNode(true);
  const paragraphs = [...copy.children].filter((child) => child.localName === "p");
  const source = paragraphs.length === 1 && copy.children.length === 1 ? paragraphs[0] : copy;
  item.append(...source.childNodes);
  trimStart(item);
  const back = document.createElement("a");
  back.setAttribute("href", `#fnref-${number}`);
  back.textContent = "↩";
  (item.lastElementChild?.localName === "p" ? item.lastElementChild : item).append(" ", back);
  return item;
}
function trimStart(element) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replace(/^[\s\u00a0^↑]+/, "");
    if (texts.currentNode.data) break;
  }
  const texts2 = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let last = null;
  while (texts2.nextNode()) last = texts2.currentNode;
  if (last) last.data = last.data.replace(/[\s\u00a0]+$/, "");
}
