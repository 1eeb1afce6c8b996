// A button with data-copy="id" copies what the field with that id holds, and says so.
document.querySelectorAll("[data-copy]").forEach((button) => {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    field.select();
    button.textContent = button.dataset.copied;
  });
});
