// Choosing a colour takes the tick from “use the one of …” beside it: who chose has said so.
document.addEventListener("input", (event) => {
  const box = document.getElementById(event.target.dataset?.unticks ?? "");
  if (box) box.checked = false;
});
