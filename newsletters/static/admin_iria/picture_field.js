// A picture field of a form: beside the file, a button that opens the library in a dialog. Without this script a file can
// be chosen, which is all that a form needs.
import { choosePicture } from "./picture_dialog.js";

const WORDS = ["alt", "is_decorative", "caption", "credit"];

for (const input of document.querySelectorAll("input[type=file][data-chooser]")) {
  const name = input.name.replace(/_file$/, "");
  const fields = input.form.elements;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button iria-library";
  button.textContent = input.dataset.choose;
  input.after(" ", button);
  button.addEventListener("click", async () => {
    const chosen = await choosePicture(input.dataset.chooser);
    button.focus();
    if (!chosen) return;
    input.value = "";
    fields[name].value = chosen.id;
    // Its own words, since what stands in these fields when the form is saved becomes the picture's.
    for (const word of WORDS) {
      const field = fields[`${name}_${word}`];
      if (field?.type === "checkbox") field.checked = chosen.words[word];
      else if (field) field.value = chosen.words[word];
    }
    const remove = fields[`${name}_remove`];
    if (remove) remove.checked = false;
    show(input, chosen);
    fields[name].dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function show(input, { src, alt }) {
  const image = document.createElement("img");
  image.className = "iria-thumbnail";
  image.height = 90;
  image.src = src;
  image.alt = alt;
  place(input, image);
}

function place(input, thumbnail) {
  const row = input.closest(".form-row, .iria-picture-row") ?? input.parentElement;
  const former = row.querySelector(".iria-thumbnail");
  if (former) former.replaceWith(thumbnail);
  else input.parentElement.prepend(thumbnail);
}

// A page that saves by itself takes the file out of its field once it is stored: without the picture in its place it
// would look as if the file was lost.
document.addEventListener("iria:saved", ({ detail }) => {
  for (const [name, html] of Object.entries(detail.pictures ?? {})) {
    const input = document.querySelector(`input[type=file][name="${name}"]`);
    const thumbnail = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (input && thumbnail) place(input, thumbnail);
  }
});
