// The mail beside the form: reloaded after every save in a second frame and then swapped, so that nothing flickers and
// the place to which one had scrolled stays; at the width of a desktop or a phone, light or dark, for a given reader.
const preview = document.getElementById("preview");
const holder = preview.querySelector(".iria-frames");
const dark = document.getElementById("iria-dark");
const as = preview.querySelector(".iria-as");
const DESKTOP = 640; // pixels that a mail of 600 wants

let version = null; // one of the different emails, as the audience lists them; the reader that is chosen counts else

function address(part, revision) {
  const query = new URLSearchParams({ r: revision });
  if (dark.checked) query.set("dark", "1");
  const reader = document.getElementById("iria-reader")?.value.trim();
  if (version !== null) new URLSearchParams(version).forEach((value, name) => query.append(name, value));
  else if (reader) query.set("as", reader);
  else
    for (const name of ["topic", "without"])
      preview.querySelectorAll(`[name=iria-${name}]:checked`).forEach((each) => query.append(name, each.value));
  return `${preview.dataset[part]}?${query}`;
}

let latest = 0;
function reload(revision) {
  latest += 1;
  const mine = latest;
  for (const [part, name] of [
    ["html", "iria-html"],
    ["text", "iria-text"],
  ]) {
    const old = holder.querySelector(`.${name}:not(.iria-loading)`);
    holder.querySelectorAll(`.${name}.iria-loading`).forEach((frame) => frame.remove());
    const frame = old.cloneNode();
    frame.classList.add("iria-loading");
    frame.addEventListener(
      "load",
      () => {
        if (mine !== latest) return;
        const place = old.contentWindow?.scrollY ?? 0;
        frame.classList.remove("iria-loading");
        old.remove();
        frame.contentWindow?.scrollTo(0, place);
        if (document.activeElement === document.body && part === "html") fit();
      },
      { once: true },
    );
    frame.src = address(part, revision);
    old.after(frame);
  }
}

const revision = () => document.querySelector("#edition-form [name=revision]")?.value ?? "0";

// A desktop's width in a pane that is narrower: the whole mail, smaller.
function fit() {
  holder.style.setProperty("--iria-scale", Math.min(1, holder.clientWidth / DESKTOP));
}
new ResizeObserver(fit).observe(holder);
fit();

dark.closest("label").hidden = false;
dark.addEventListener("change", () => {
  preview.classList.toggle("iria-is-dark", dark.checked);
  reload(revision());
});

if (as) {
  as.hidden = false;
  as.addEventListener("change", () => {
    version = null;
    const shown = as.querySelector("[data-as]");
    const names = [...as.querySelectorAll("input:checked")].map((each) => each.dataset.name);
    shown.textContent =
      document.getElementById("iria-reader")?.value.trim() || names.join(", ") || shown.dataset.everything;
    reload(revision());
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-version]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      version = link.dataset.version;
      as.querySelector("[data-as]").textContent = link.dataset.name;
      reload(revision());
      preview.scrollIntoView({ block: "nearest" });
    }
    if (!as.contains(event.target)) as.open = false;
  });
  as.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      as.open = false;
      as.querySelector("summary").focus();
    }
  });
}

// --- Older than the text ---
// Saving takes a second: what takes longer has failed, or waits for a person, and then the preview shows something else
// than what was typed. Its button saves at once, as the one below the text does.
const older = preview.querySelector("[data-older]");
const PATIENCE = 3000; // milliseconds
let ages = 0;
function age() {
  ages ||= setTimeout(() => {
    older.hidden = false;
  }, PATIENCE);
}
function renewed() {
  clearTimeout(ages);
  ages = 0;
  older.hidden = true;
  if (document.getElementById("iria-state").dataset.kind === "saving") age(); // more was typed meanwhile
}
const texts = document.getElementById("edition-form");
texts.addEventListener("input", (event) => {
  if (!event.target.closest("#picker")) age();
});
texts.addEventListener("iria:changed", age);

// --- After a save ---
function tell(figures) {
  preview.querySelector("[data-length]").textContent = figures.length;
  preview.querySelector("[data-size]").textContent = figures.size;
  document.getElementById("iria-size").value = figures.bytes;
  document.querySelector("[data-shown=subject]").textContent = figures.subject;
  document.querySelector("[data-shown=preheader]").textContent = figures.preheader;
  document.dispatchEvent(new CustomEvent("iria:figures"));
}

async function panels() {
  const place = document.getElementById("iria-panels");
  const mine = latest;
  const answer = await fetch(document.querySelector(".iria-composer").dataset.panels, {
    headers: { Accept: "text/html" },
  });
  const html = await answer.text();
  if (!answer.ok || mine !== latest) return; // a later save brings its own
  const focused = place.contains(document.activeElement) ? pathOf(document.activeElement) : null;
  place.innerHTML = html;
  if (focused) place.querySelector(focused)?.focus({ preventScroll: true });
  count();
  place.dispatchEvent(new CustomEvent("iria:panels", { bubbles: true }));
  const chosen = articles();
  if (chosen !== counted) document.dispatchEvent(new CustomEvent("iria:audience"));
  counted = chosen;
}
// How to find what has the focus again after its panel was replaced: someone who works by keyboard must not lose their place.
function pathOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  for (const attribute of ["href", "name"]) {
    const value = element.getAttribute(attribute);
    if (value) return `${element.localName}[${attribute}="${CSS.escape(value)}"]`;
  }
  return element.localName;
}
function count() {
  const now = document.querySelector("#iria-panels template[data-count]");
  if (now) document.querySelector(".iria-findings-count").textContent = now.content.textContent.trim();
}

const articles = () =>
  [...document.querySelectorAll("#edition-form :is([name^=article-], [name^=only_], [name^=is_for_others-])")]
    .map((field) => (field.type === "checkbox" ? String(field.checked) : field.value))
    .toSorted()
    .join();
let counted = articles(); // the choice of articles, and whom each block is for, whose readers were counted last
let pending = 0;
document.addEventListener("iria:saved", (event) => {
  renewed();
  reload(event.detail.revision);
  if (event.detail.figures) tell(event.detail.figures);
  clearTimeout(pending);
  if (event.detail.swapped) return count();
  pending = setTimeout(() => panels().catch(() => {}), 600);
});
