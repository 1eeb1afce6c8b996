// The mail beside the form of a newsletter: a moment after something changes, the form is sent as it stands into a new
// frame, which then takes the place of the old one and keeps the place to which one had scrolled. A frame that is new
// leaves no entry in the history; one that goes on would. Without this script the button does the same by hand.
const look = document.getElementById("look");
const button = look?.querySelector("button[formtarget]");
const frames = look?.querySelector(".iria-look-frames");
const told = look?.querySelector(".iria-look-told");
const DESKTOP = 640; // pixels that a mail of 600 wants
const PAUSE = 350; // milliseconds after the last key

function fit() {
  frames.style.setProperty("--iria-scale", Math.min(1, frames.clientWidth / DESKTOP));
}

let count = 0;
let busy = false;
let again = false;

function say(frame) {
  const note = frame.contentDocument?.querySelector("meta[name=iria-told]");
  told.classList.toggle("iria-lost", !note);
  const words = note ? note.content : told.dataset.lost;
  if (told.textContent !== words) told.textContent = words;
  return Boolean(note);
}

function show() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  count += 1;
  const old = frames.querySelector("iframe");
  const frame = old.cloneNode();
  frame.removeAttribute("src");
  frame.name = `look-frame-${count}`;
  frame.classList.add("iria-loading");
  frames.append(frame);
  frame.addEventListener("load", () => {
    if (say(frame)) {
      const place = old.contentWindow?.scrollY ?? 0;
      frame.classList.remove("iria-loading");
      old.remove();
      frame.contentWindow?.scrollTo(0, place);
    } else {
      frame.remove();
    }
    busy = false;
    if (again) {
      again = false;
      show();
    }
  });
  button.formTarget = frame.name;
  button.form.requestSubmit(button);
}

if (look) {
  new ResizeObserver(fit).observe(frames);
  fit();
}
if (button) {
  button.hidden = true;
  let waiting = 0;
  button.form.addEventListener("input", (event) => {
    if (event.target.name === "look_width") return;
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
  if (document.querySelector(".errornote")) show(); // the form came back as it was typed, and is not saved
}
