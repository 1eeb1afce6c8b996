// The builder without loading the page anew: each button and each choice sends the form as it would be sent anyway, and
// the rule and its count are taken from the answer. What comes too late, because more was typed since, is dropped.
const form = document.getElementById("segment-form");
const WAIT = 400; // milliseconds after the last letter
let latest = 0;
let timer = 0;

for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;

async function send(name, value) {
  const mine = ++latest;
  const data = new FormData(form);
  data.set(name, value);
  const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
  if (mine !== latest) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("segment-rule");
  // Signed out meanwhile, or an error: the form as it was sent says it, and loses nothing.
  if (!answer.ok || fresh === null) return;
  replace(fresh, name, value);
}

function replace(fresh, name, value) {
  const old = document.getElementById("segment-rule");
  const focused = document.activeElement;
  const inside = old.contains(focused) ? focused : null;
  const caret = inside?.type === "text" ? [inside.selectionStart, inside.selectionEnd] : null;
  const conditions = old.querySelectorAll("[id^=field-]").length;
  old.replaceWith(fresh);
  if (inside === null) return;
  const added = name === "_add_condition" || name === "_add_group";
  const fields = [...fresh.querySelectorAll("[id^=field-]")];
  const grown = fields.length > conditions;
  const prefix = `field-${value}.`;
  const target =
    added && grown
      ? fields.findLast((each) => each.id.startsWith(prefix))
      : (document.getElementById(inside.id || "?") ?? fresh.querySelector("select"));
  target?.focus();
  if (caret !== null && target?.type === "text") target.setSelectionRange(...caret);
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  clearTimeout(timer);
  if (!button || !["_add_condition", "_add_group", "_remove"].includes(button.name)) return;
  event.preventDefault();
  send(button.name, button.value);
});
form.addEventListener("change", (event) => {
  if (event.target.matches("select[data-update], select[id^=how-]")) {
    clearTimeout(timer);
    send("_update", "1");
  }
});
form.addEventListener("input", (event) => {
  if (!event.target.matches("input[data-update]")) return;
  clearTimeout(timer);
  timer = setTimeout(send, WAIT, "_update", "1");
});
