// Choosing a picture in a dialog on the page itself: upload first, the library below, with search and pages. A file may
// be dropped or pasted anywhere in the dialog. What it shows is the chooser of newsletters/admin/content/pictures.py,
// whose forms and links are followed without leaving the page.
const HEADERS = { "X-Requested-With": "dialog" };

export function choosePicture(address) {
  const dialog = document.createElement("dialog");
  dialog.className = "iria-dialog";
  dialog.setAttribute("aria-labelledby", "iria-dialog-title");
  document.body.append(dialog);
  dialog.showModal();
  show(dialog, fetch(address, { headers: HEADERS }));

  dialog.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    event.preventDefault();
    const to = new URL(form.getAttribute("action") || address, location.href);
    if (form.method === "post") {
      show(dialog, fetch(to, { method: "POST", body: new FormData(form), headers: HEADERS }));
    } else {
      to.search = new URLSearchParams(new FormData(form));
      show(dialog, fetch(to, { headers: HEADERS }));
    }
  });
  dialog.addEventListener("click", (event) => {
    const link = event.target.closest(".paginator a");
    if (!link) return;
    event.preventDefault();
    show(dialog, fetch(new URL(link.getAttribute("href"), new URL(address, location.href)), { headers: HEADERS }));
  });
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => take(dialog, event, event.dataTransfer));
  dialog.addEventListener("paste", (event) => take(dialog, event, event.clipboardData));

  return new Promise((resolve) => {
    let chosen = null;
    dialog.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-picture]");
      if (!button) return;
      const { picture, address: src, alt, caption, plainCaption, credit } = button.dataset;
      const decorative = "decorative" in button.dataset;
      const words = { alt, is_decorative: decorative, caption: plainCaption, credit };
      chosen = { id: picture, src, alt, caption, decorative, words };
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
  });
}

async function show(dialog, asking) {
  dialog.setAttribute("aria-busy", "true");
  dialog.querySelectorAll("[type=submit]:not([value=close])").forEach((button) => (button.disabled = true));
  try {
    const answer = await asking;
    if (answer.redirected && !new URL(answer.url).pathname.endsWith("/choose/")) throw new Error("signed out");
    dialog.innerHTML = await answer.text();
    const focused = [".errors input", "button[autofocus]", "input[type=file]"];
    focused
      .map((each) => dialog.querySelector(each))
      .find(Boolean)
      ?.focus();
  } catch {
    const said = dialog.querySelector("[role=status]") ?? dialog.appendChild(document.createElement("p"));
    said.setAttribute("role", "status");
    said.textContent = "The pictures can't be loaded. Check your connection, and that you are signed in.";
    dialog.querySelectorAll("[type=submit]").forEach((button) => (button.disabled = false));
  }
  dialog.removeAttribute("aria-busy");
}

function take(dialog, event, from) {
  const files = [...(from?.files ?? [])].filter((file) => file.type.startsWith("image/"));
  const field = dialog.querySelector("input[type=file]");
  if (!files.length || !field) return;
  event.preventDefault();
  const one = new DataTransfer();
  one.items.add(files[0]);
  field.files = one.files;
  dialog.querySelector("[name=alt]")?.focus();
}
