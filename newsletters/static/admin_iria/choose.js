// Hands the chosen picture to the rich editor that opened this window. Its figure dialog waits for a call by number.
const number = document.getElementById("content-main").dataset.number;
document.querySelectorAll("button[data-picture]").forEach((button) => {
  const opener = window.opener?.CKEDITOR?.tools;
  if (!opener) {
    button.disabled = true;
    button.title = "Open this page with “Browse…” in an article.";
    return;
  }
  button.addEventListener("click", () => {
    const { picture, address, alt, caption } = button.dataset;
    opener.callFunction(number, address, { id: picture, alternative_text: alt, caption });
    window.close();
  });
});
