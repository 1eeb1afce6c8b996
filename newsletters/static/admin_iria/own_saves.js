// A page that is reloaded, or left and opened again in the same tab, while it is being saved: the save may reach the
// server after the new page was made. The new page would then warn of a second editor who is oneself. So a page that
// leaves a save behind notes its name, and the next one waits a moment for it, and shows what came of it.
import { show, state } from "./state_line.js";

const KEY = "iria-left-while-saving";
const RECENT = 20_000; // milliseconds
const PAUSE = 400;
const TRIES = 10;

export function waitForOwnSave(page, form, isSaving) {
  const name = form.elements.window;
  if (!name) return;
  window.addEventListener("pagehide", () => {
    if (isSaving()) remember({ window: name.value, page: page.dataset.presence, at: Date.now() });
  });
  const left = recall();
  if (left && page.dataset.presence && left.page === page.dataset.presence) void follow(page, form, left);
}

function remember(left) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(left));
  } catch {
    // No room: the warning of a second editor still guards what was saved.
  }
}
function recall() {
  try {
    const left = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (left && Date.now() - left.at < RECENT) return left;
  } catch {
    // Of no use: as if there was none.
  }
  return null;
}

// Meanwhile nothing can be typed: it would be typed into what is not the newest.
async function follow(page, form, left) {
  sessionStorage.removeItem(KEY);
  const [words, kind] = [state.textContent, state.dataset.kind ?? ""];
  form.inert = true;
  show("saving", state.dataset.saving);
  for (let n = 0; n < TRIES; n += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after another
    const said = await ask(page, form, left);
    if (!said || said.revision > Number(form.elements[page.dataset.counter].value)) {
      if (said?.own) return location.reload();
      break; // somebody else's, which the page says by itself; or no answer
    }
    if (said.own) break; // it is what this page shows
    // oxlint-disable-next-line no-await-in-loop -- one after another
    await new Promise((done) => setTimeout(done, PAUSE));
  }
  form.inert = false;
  show(kind, words);
}

async function ask(page, form, left) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", new FormData(form).get("csrfmiddlewaretoken"));
  body.set("previous", left.window);
  try {
    const answer = await fetch(page.dataset.presence, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
