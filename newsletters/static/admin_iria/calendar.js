// A date dragged to another day: the page that moves it opens with that day, and asks before anything is moved.
let dragged = null;

for (const entry of document.querySelectorAll("[data-to]")) {
  entry.addEventListener("dragstart", (event) => {
    dragged = entry;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", entry.textContent.trim());
  });
  entry.addEventListener("dragend", () => {
    dragged = null;
  });
}

for (const day of document.querySelectorAll("[data-day]")) {
  day.addEventListener("dragover", (event) => {
    if (dragged && dragged.closest("[data-day]") !== day) {
      event.preventDefault();
      day.classList.add("iria-drop");
    }
  });
  day.addEventListener("dragleave", () => day.classList.remove("iria-drop"));
  day.addEventListener("drop", (event) => {
    day.classList.remove("iria-drop");
    if (dragged) {
      event.preventDefault();
      window.location.assign(`${dragged.dataset.to}?to=${day.dataset.day}`);
    }
  });
}
