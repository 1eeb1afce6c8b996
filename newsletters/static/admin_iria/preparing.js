// Pictures that a worker is still preparing. Where the server wrote words in the place of a thumbnail, and where an
// image of ours can't be loaded yet (in the rich editor, after it was chosen), the page asks every few seconds whether it
// is ready, and shows it then. Without this script a reload shows it.
const OURS = /\/media\/(pictures\/[0-9a-f]{2}\/[0-9a-f]{16})-\d+\.(?:jpg|png)$/;
const PAUSE = 1500; // milliseconds
const LONGEST = 15_000;
const MOST = 50; // at once
const BLANK = new URL("picture-preparing.svg", import.meta.url).href;
const address = document.querySelector("script[data-picture-states]").dataset.pictureStates;

const images = new Map(); // each image that stands for a picture: where the picture itself will be
let [timer, asked, isAsking] = [0, 0, false];

const keyOf = (source) => source.match(OURS)?.[1];
const here = () => [...images.keys()].filter((image) => image.isConnected);
const holders = () => [...document.querySelectorAll(".iria-preparing[data-preparing]")];

// An error of an image doesn't bubble; it is heard on its way down.
document.addEventListener("error", ({ target: image }) => image.localName === "img" && waitFor(image), true);
function waitFor(image) {
  const source = image.getAttribute("src") ?? "";
  if (!keyOf(source) || images.get(image) === source) return;
  images.set(image, source);
  image.classList.add("iria-preparing");
  image.src = BLANK;
  asked = 0;
  schedule();
}

function schedule() {
  if (!timer && !isAsking) timer = setTimeout(ask, Math.min(LONGEST, PAUSE * 1.3 ** asked));
}

async function ask() {
  timer = 0;
  if (document.hidden) return; // and at once when the page is looked at again
  for (const image of images.keys()) if (!image.isConnected) images.delete(image);
  const query = new URLSearchParams();
  for (const holder of holders().slice(0, MOST)) query.append("id", holder.dataset.preparing);
  for (const key of new Set([...images.values()].map(keyOf).slice(0, MOST))) query.append("file", `${key}-`);
  if (!query.size) return;
  isAsking = true;
  asked += 1;
  try {
    const answer = await fetch(`${address}?${query}`, { headers: { Accept: "application/json" } });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (answer.ok && isJson) (await answer.json()).pictures.forEach(show);
    if ([401, 403, 404].includes(answer.status)) return;
  } catch {
    // No connection: asked again, later each time.
  } finally {
    isAsking = false;
  }
  if (holders().length || images.size) schedule();
}

function show(picture) {
  for (const holder of holders()) if (holder.dataset.preparing === String(picture.id)) showInPlace(holder, picture);
  for (const image of here()) if (keyOf(images.get(image)) === picture.file) showImage(image, picture);
  tellEditors();
}
function showInPlace(holder, { state, said, url, alt }) {
  if (state === "preparing") return;
  if (state === "failed") {
    holder.classList.replace("iria-preparing", "iria-failed");
    holder.textContent = said;
    return;
  }
  const image = document.createElement("img");
  Object.assign(image, { className: "iria-thumbnail", src: url, alt, height: Number(holder.dataset.height) });
  holder.parentElement.querySelector(":scope > .iria-preparing-note")?.remove();
  holder.replaceWith(image);
}
function showImage(image, { state, said }) {
  image.title = said;
  image.classList.toggle("iria-failed", state === "failed");
  if (state === "preparing") return;
  if (state === "failed") {
    image.dataset.failed = said;
    image.classList.remove("iria-preparing");
    return;
  }
  const source = images.get(image);
  images.delete(image);
  image.classList.remove("iria-preparing");
  image.src = source;
}

// Below an editor it is said in words what its pictures wait for.
function tellEditors() {
  for (const holder of document.querySelectorAll(".prose-editor")) {
    const waiting = here().filter((image) => holder.contains(image));
    const words = [...new Set(waiting.map((image) => image.title).filter(Boolean))].join(" ");
    let note = holder.querySelector(":scope > .iria-preparing-note");
    if (!note && !words) continue;
    if (!note) {
      note = document.createElement("p");
      note.className = "iria-preparing-note";
      note.setAttribute("role", "status");
      holder.append(note);
    }
    note.hidden = !words;
    if (note.textContent !== words) note.textContent = words;
  }
}

function look() {
  for (const image of document.images) if (image.complete && !image.naturalWidth) waitFor(image);
  if (holders().length) schedule();
}
look();
new MutationObserver(() => {
  if (holders().length || here().length !== images.size) schedule();
}).observe(document.body, { childList: true, subtree: true });
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && (holders().length || images.size)) schedule();
});
