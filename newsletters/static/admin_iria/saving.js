// Saves by itself: a second after the last change, one request at a time, the last state wins; tried again when there is
// no connection; kept in the browser until it is saved. A newer version of somebody else is never overwritten.
// Says `iria:saved` on the document with what the server said. The composer of an edition and the page of an article
// have an element with `data-autosave`, which holds the form or stands in it.
import { comparable, isTouched, keptInBrowser } from "./kept_in_browser.js";
import { filesIn, refusedFiles } from "./refused_files.js";
import { waitForOwnSave } from "./own_saves.js";
import { linkTo, show, showProblem, state } from "./state_line.js";

const page = document.querySelector("[data-autosave]");
const form = page.closest("form") ?? page.querySelector("form[data-saves]");
const address = () => form.getAttribute("action") || location.pathname;
// What was typed while this script was on its way had nobody to hear of it.
const isTypedIn = [...form.querySelectorAll("input[type=text]")].some(
  (field) => field.value !== field.defaultValue && !field.closest("#picker"),
);
const isUnsaved = "unsaved" in page.dataset || "unsaved" in form.dataset || isTypedIn;
const browser = keptInBrowser(form, page.dataset.kept, address);
const files = refusedFiles(form);
const PAUSE = 900; // milliseconds after the last change
const LONGEST = 30_000;
const SHORT = 40_000; // characters

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

// --- Saving ---
function changed() {
  wanted = true;
  browser.keep();
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
  const body = new FormData(form);
  let answer;
  try {
    answer = await fetch(address(), {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      // What leaves a page that is being closed must be short; browsers cut it off at 64 KiB with all else that is sent.
      keepalive: document.hidden && !filesIn(body).length && comparable([...body]).length < SHORT,
    });
  } catch {
    return failed();
  }
  if (answer.status >= 500 || answer.status === 429) return failed();
  if (answer.status === 404) return gone();
  if (answer.status === 413) return tooLarge(body);
  if ([401, 403].includes(answer.status)) return refused(answer.status);
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
    return answer.ok ? signedOut() : failed(); // the page to sign in at
  }
  const said = await answer.json();
  if (answer.ok) return saved(said);
  if (answer.status === 409) return second(said);
  return wrong(said);
}

function saved(said) {
  failures = 0;
  for (const [name, value] of Object.entries(said.fields)) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  for (const [name, isPossible] of [
    ["_undo", said.undo],
    ["_redo", said.redo],
  ]) {
    const button = document.querySelector(`[name=${name}]`);
    if (button) button.disabled = !isPossible;
  }
  document.getElementById("iria-unsaved")?.remove();
  form.querySelectorAll(".errors > .errornote, .errors > .errorlist").forEach((note) => note.remove());
  if (!wanted) {
    browser.forget();
    last = comparable([...new FormData(form)]);
    const [problem] = said.problems ?? [];
    if (problem) showProblem(said.said, problem);
    else if (files.isChosen()) show("failed", state.dataset.fileTooLarge);
    else show("saved", said.said);
  }
  if (said.address) moveTo(said.address);
  showLinks(said);
  document.dispatchEvent(new CustomEvent("iria:saved", { detail: said }));
  return true;
}

// A new article has an address of its own from its first save on.
function moveTo(its) {
  if (its === location.pathname) return;
  browser.forget();
  browser.rename(its);
  history.replaceState(null, "", its);
  form.action = its;
}
function showLinks(said) {
  for (const link of document.querySelectorAll("[data-address]")) {
    if (!said[link.dataset.address]) continue;
    link.href = said[link.dataset.address];
    link.hidden = false;
  }
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

// Nothing is tried again before something is typed.
function refused(status) {
  return status === 403 ? notSaved(state.dataset.refused) : signedOut();
}

function notSaved(words) {
  wanted = true;
  show("failed", words);
  return false;
}

function tooLarge(sent) {
  if (files.refuse(sent)) schedule(0); // the words without the file
  return notSaved(state.dataset.tooLarge);
}

function wrong(said) {
  wanted = true;
  showProblem(state.dataset.wrong, said.errors[0]);
  return false;
}

function second(said) {
  wanted = true;
  stopped = true;
  const place = document.getElementById("iria-conflict");
  place.innerHTML = said.html;
  place.querySelector("[data-drop-mine]").addEventListener("click", () => {
    wanted = false;
    browser.forget();
  });
  place.querySelector("[data-overwrite]")?.addEventListener("click", (event) => {
    for (const [name, value] of Object.entries(JSON.parse(event.target.dataset.overwrite))) {
      form.elements[name].value = value;
    }
    place.replaceChildren();
    stopped = false;
    save();
  });
  show("failed", state.dataset.conflict, linkTo(`#${place.id}`, state.dataset.choose));
  // A key that is meant for the text must not press a button: the focus moves only when nothing is being typed.
  if (!document.activeElement?.closest("input, textarea, select, [contenteditable=true]")) {
    place.scrollIntoView({ block: "center" });
    place.focus({ preventScroll: true });
  }
  return false;
}

function gone() {
  stopped = true;
  return notSaved(state.dataset.gone);
}

// --- What a person presses ---
form.addEventListener("input", (event) => {
  if (!event.target.closest("#picker")) changed();
});
form.addEventListener("iria:changed", changed);
form.addEventListener("iria:refused", (event) => {
  if (event.detail === 0 || event.detail >= 500) failed();
  else refused(event.detail);
});
// Widgets of Django's admin change fields without an event that others hear: rows, dates, choices.
let last = comparable([...new FormData(form)]);
function lookForChanges() {
  const now = comparable([...new FormData(form)]);
  if (now === last) return;
  last = now;
  changed();
}
if (!form.dataset.saves) {
  for (const kind of ["change", "click", "focusout"]) form.addEventListener(kind, () => setTimeout(lookForChanges));
  window.django?.jQuery?.(form).on("change", () => setTimeout(lookForChanges));
}

form.addEventListener("submit", async (event) => {
  const name = event.submitter?.name ?? "_save";
  if (name === "_overwrite") {
    wanted = false; // it goes as it is, with a page in answer
    browser.forget();
    return;
  }
  if (!form.dataset.saves) return submitAfterSaving(event);
  if (!["_save", "_preview", "_undo", "_redo"].includes(name)) return;
  event.preventDefault();
  if (name === "_undo" || name === "_redo") return step(event.submitter);
  wanted = true;
  if ((await save()) && name === "_preview") document.getElementById("preview").scrollIntoView();
});

// A link out of the page waits for what is being typed; when that can't be saved, the next press leads on regardless.
let isWarned = false;
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const isElsewhere = link.origin === location.origin && link.pathname !== location.pathname && !link.target;
  if (!isElsewhere || isWarned || !(wanted || running) || "dropMine" in link.dataset) return;
  event.preventDefault();
  isWarned = !(await save());
  if (isWarned) state.scrollIntoView({ block: "nearest" });
  else location.assign(link.href);
});

// A button that leaves the page first saves what is there, so that it is safe wherever the button leads: an ended
// session, a lost connection, or a page that says what is wrong.
let isLeaving = false;
async function submitAfterSaving(event) {
  if (isLeaving || event.submitter?.name === "_discard") {
    wanted = false;
    browser.forget();
    return;
  }
  event.preventDefault();
  // A step back from what is saved: saving it once more would be a step of its own.
  if (!["_undo", "_redo"].includes(event.submitter?.name)) wanted = true;
  stopped = false;
  const { submitter } = event;
  if (!(await save())) return;
  isLeaving = true;
  setTimeout(() => form.requestSubmit(submitter)); // not while the first one is still being handed out
}

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
    answer = await fetch(address(), { method: "POST", body });
  } catch {
    return failed();
  }
  if ([401, 403].includes(answer.status)) return refused(answer.status);
  if (!answer.ok) {
    wanted = true; // saving says what is wrong, or shows the conflict
    return false;
  }
  const came = new DOMParser().parseFromString(await answer.text(), "text/html");
  wanted = false;
  browser.forget();
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

for (const kind of ["focus", "online"]) window.addEventListener(kind, () => wanted && !stopped && save());
document.addEventListener("visibilitychange", () => {
  if (document.hidden && wanted && !stopped) save();
});
window.addEventListener("beforeunload", (event) => {
  if (wanted || running) event.preventDefault();
});

waitForOwnSave(page, form, () => wanted || running);
if (isUnsaved || (!form.dataset.saves && isTouched(form))) changed();
else {
  browser.offer(() => {
    wanted = false;
  });
}
