// Saves by itself: a second after the last change, one request at a time, the last state wins; tried again when there is
// no connection; kept in the browser until it is saved. A newer version of somebody else is never overwritten.
// Says `iria:saved` on the document with what the server said.
const form = document.getElementById("edition-form");
const state = document.getElementById("iria-state");
const page = document.querySelector(".iria-composer");
const KEPT = `iria-draft-${page.dataset.edition}`;
const PAUSE = 900; // milliseconds after the last change
const LONGEST = 30_000;

let wanted = false; // there is something that is not saved
let running = null; // the request that is under way
let timer = 0;
let failures = 0;
let stopped = false; // a person has to decide first

// Anyone who signed in again in another window has a new token: always the cookie's.
form.addEventListener("formdata", (event) => {
  const token = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1];
  if (token) event.formData.set("csrfmiddlewaretoken", token);
});

function show(kind, text, link) {
  state.dataset.kind = kind;
  state.textContent = text;
  if (link) state.append(" ", link);
}

function linkTo(address, words, blank) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = words;
  if (blank) link.target = "_blank";
  return link;
}

// --- Kept in this browser until it is saved ---
function keep() {
  const fields = [...new FormData(form)].filter(
    ([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string",
  );
  try {
    localStorage.setItem(KEPT, JSON.stringify(fields));
  } catch {
    // Private windows may have no room: then the page alone holds it, and says before it is closed.
  }
}
function forget() {
  localStorage.removeItem(KEPT);
}
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null");
  } catch {
    return null;
  }
}
const comparable = (fields) =>
  JSON.stringify(fields.filter(([name]) => !/^(revision|window|q|topic|since|only_new|add|csrf.*)$/.test(name)));

function offerKept() {
  const fields = kept();
  if (!fields) return;
  if (comparable(fields) === comparable([...new FormData(form)])) return forget();
  const offer = document.getElementById("iria-kept");
  offer.hidden = false;
  offer.querySelector("[data-drop]").addEventListener("click", () => {
    forget();
    offer.hidden = true;
  });
  offer.querySelector("[data-restore]").addEventListener("click", () => {
    const again = document.createElement("form");
    again.method = "post";
    again.action = form.action;
    const token = form.elements.csrfmiddlewaretoken.value;
    for (const [name, value] of [...fields, ["csrfmiddlewaretoken", token], ["_show", "1"]]) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      again.append(field);
    }
    document.body.append(again);
    wanted = false;
    again.submit();
  });
}

// --- Saving ---
function changed() {
  wanted = true;
  keep();
  if (stopped) return;
  if (!running) show("changed", state.dataset.changed);
  schedule(PAUSE);
}

function schedule(after) {
  clearTimeout(timer);
  timer = setTimeout(save, after);
}

async function save() {
  clearTimeout(timer);
  if (running) return running;
  if (stopped || !wanted) return true;
  running = send();
  const done = await running;
  running = null;
  if (done && wanted) return save();
  return done;
}

async function send() {
  wanted = false;
  show("saving", state.dataset.saving);
  let answer;
  try {
    answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
  } catch {
    return failed();
  }
  if (answer.status >= 500 || answer.status === 429) return failed();
  if (answer.status === 404) return gone();
  if (
    answer.status === 401 ||
    answer.status === 403 ||
    !answer.headers.get("Content-Type")?.startsWith("application/json")
  ) {
    return signedOut();
  }
  const said = await answer.json();
  if (answer.ok) return saved(said);
  if (answer.status === 409) return second(said);
  return wrong(said);
}

function saved(said) {
  failures = 0;
  form.elements.revision.value = said.revision;
  document.querySelector("[name=_undo]").disabled = !said.undo;
  document.querySelector("[name=_redo]").disabled = !said.redo;
  document.getElementById("iria-unsaved")?.remove();
  form.querySelectorAll(".errors > .errornote, .errors > .errorlist").forEach((note) => note.remove());
  if (!wanted) {
    forget();
    show("saved", said.said);
  }
  document.dispatchEvent(new CustomEvent("iria:saved", { detail: said }));
  return true;
}

function failed() {
  wanted = true;
  failures += 1;
  show("failed", state.dataset.retry);
  schedule(Math.min(LONGEST, 1000 * 2 ** Math.min(failures, 5)));
  return false;
}

function signedOut() {
  wanted = true;
  show("failed", state.dataset.signedOut, linkTo(page.dataset.login, state.dataset.signIn, true));
  schedule(LONGEST); // and at once when the window is looked at again
  return false;
}

function wrong(said) {
  wanted = true;
  const [first] = said.errors;
  show("failed", state.dataset.wrong, linkTo(`#${first.id}`, `${first.place}: ${first.message}`));
  return false;
}

function second(said) {
  wanted = true;
  stopped = true;
  const place = document.getElementById("iria-conflict");
  place.innerHTML = said.html;
  place.querySelector("[data-drop-mine]").addEventListener("click", () => {
    wanted = false;
    forget();
  });
  show("failed", state.dataset.conflict);
  place.scrollIntoView({ block: "center" });
  place.querySelector("button, a.button").focus({ preventScroll: true });
  return false;
}

function gone() {
  wanted = true;
  stopped = true;
  show("failed", state.dataset.gone);
  return false;
}

// --- What a person presses ---
form.addEventListener("input", (event) => {
  if (!event.target.closest("#picker")) changed();
});
form.addEventListener("iria:changed", changed);
form.addEventListener("iria:refused", (event) => {
  if (event.detail === 0 || event.detail >= 500) failed();
  else signedOut();
});

form.addEventListener("submit", async (event) => {
  const name = event.submitter?.name ?? "_save";
  if (name === "_overwrite") {
    wanted = false; // it goes as it is, with a page in answer
    forget();
    return;
  }
  if (!["_save", "_preview", "_undo", "_redo"].includes(name)) return;
  event.preventDefault();
  if (name === "_undo" || name === "_redo") return step(event.submitter);
  wanted = true;
  if ((await save()) && name === "_preview") document.getElementById("preview").scrollIntoView();
});

// Meanwhile nothing can be typed: what came of it would be thrown away with the fields, or be a conflict with oneself.
async function step(button) {
  clearTimeout(timer);
  // oxlint-disable-next-line no-await-in-loop, no-unmodified-loop-condition -- a save may start another when it ends
  while (running) await running;
  form.inert = true;
  running = stepped(button);
  try {
    return await running;
  } finally {
    running = null;
    form.inert = false;
    if (wanted && !stopped) schedule(0);
  }
}

async function stepped(button) {
  const body = new FormData(form, button);
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body });
  } catch {
    return failed();
  }
  if (answer.status === 401 || answer.status === 403) return signedOut();
  if (!answer.ok) {
    wanted = true; // saving says what is wrong, or shows the conflict
    return false;
  }
  const came = new DOMParser().parseFromString(await answer.text(), "text/html");
  wanted = false;
  forget();
  form.replaceChildren(...came.getElementById("edition-form").childNodes);
  for (const name of ["_undo", "_redo"]) {
    document.querySelector(`[name=${name}]`).disabled = came.querySelector(`[name=${name}]`).disabled;
  }
  document.getElementById("iria-panels").replaceChildren(...came.getElementById("iria-panels").childNodes);
  show("saved", came.getElementById("iria-state").textContent);
  document.dispatchEvent(new CustomEvent("iria:swapped"));
  document.dispatchEvent(
    new CustomEvent("iria:saved", { detail: { revision: form.elements.revision.value, swapped: true } }),
  );
  (button.disabled ? document.querySelector("[name=_undo]:enabled, [name=_redo]:enabled") : button)?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "s") {
    event.preventDefault();
    wanted = true;
    save();
  }
  if (event.target.closest("input, textarea, [contenteditable=true]")) return; // texts undo by themselves
  const name = key === "z" ? (event.shiftKey ? "_redo" : "_undo") : key === "y" ? "_redo" : null;
  const button = name && document.querySelector(`[name=${name}]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

window.addEventListener("focus", () => {
  if (wanted && !stopped) save();
});
window.addEventListener("online", () => {
  if (wanted && !stopped) save();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden && wanted && !stopped) save();
});
window.addEventListener("beforeunload", (event) => {
  if (wanted || running) event.preventDefault();
});

if ("unsaved" in form.dataset) changed();
else offerKept();
