// The sign-up form on somebody else's page: inline where the script stands, or sliding in from a corner. The view puts
// in what the list says (subscribers/views/embedding.py) and takes comments and indentation out; together ≤ 5 KB.
//
// It lives in a shadow tree, so neither page's styles reach the other. No cookie, no request besides this file: the
// form is sent as any form is, to the page that says "Check your email". "Not now" is kept for the tab alone.
const words = {};
const script = document.currentScript;
const { dataset } = script;
const slides = dataset.form === "slide-in";
const key = "iria-not-now";
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const hidden = (name, value) => make("input", { type: "hidden", name, value });
const remember = () => {
  try {
    sessionStorage.setItem(key, 1);
  } catch {
    // Storage may be forbidden: then it asks again on the next page.
  }
};
const isRemembered = () => {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
};

function show() {
  const asked = new URLSearchParams(location.search);
  const source = dataset.ref || asked.get("ref") || asked.get("utm_source") || location.hostname;
  const form = make(
    "form",
    { method: "post", action: words.action, onsubmit: remember },
    make("h2", { id: "h", textContent: words.title }),
    make("p", { textContent: words.description }),
    make("label", { htmlFor: "e", textContent: words.email }),
    make("input", {
      id: "e",
      type: "email",
      name: "email",
      autocomplete: "email",
      required: true,
      maxLength: 254,
      dir: "ltr",
    }),
    hidden("lists", words.list),
    hidden("ref", source.slice(0, 60)),
    make("small", {}, words.consent, " "),
    make("button", { textContent: words.button }),
  );
  if (words.privacy)
    form.querySelector("small").append(make("a", { href: words.privacy[0], textContent: words.privacy[1] }));
  const box = make("section", { lang: words.language, dir: words.direction, className: slides ? "slide" : "" }, form);
  box.setAttribute("aria-labelledby", "h");
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(words.style);
  root.adoptedStyleSheets = [sheet];
  root.append(box);
  if (!slides) return script.after(host);
  const before = document.activeElement;
  const close = () => {
    const inside = root.activeElement;
    remember();
    host.remove();
    removeEventListener("keydown", escape);
    if (inside && before) before.focus();
  };
  const escape = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  };
  form.append(make("button", { type: "button", className: "later", textContent: words.later, onclick: close }));
  addEventListener("keydown", escape);
  document.body.append(host);
  requestAnimationFrame(() => requestAnimationFrame(() => box.classList.add("in")));
}

if (!slides) show();
else if (!isRemembered()) setTimeout(show, 1000 * (dataset.after ?? 15));
