// One press decides about one comment, and its line goes: the page stays where it is, and the focus on the next button.
// Without it, or when the server does not answer as expected, the button sends its form as buttons do.
"use strict";
document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  const deeds = button?.closest(".iria-deeds");
  if (!deeds || deeds.dataset.plainly) return;
  event.preventDefault();
  for (const each of deeds.querySelectorAll("button")) each.disabled = true;
  let answer;
  try {
    const response = await fetch(button.getAttribute("formaction"), {
      method: "POST",
      headers: {
        Accept: "application/json",
        "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
      },
    });
    answer = response.ok && !response.redirected ? await response.json() : null;
  } catch {
    answer = null;
  }
  if (!answer) {
    deeds.dataset.plainly = "1";
    for (const each of deeds.querySelectorAll("button")) each.disabled = false;
    event.target.requestSubmit(button);
    return;
  }
  const line = deeds.closest("tr");
  const next = line.nextElementSibling ?? line.previousElementSibling;
  const sameButton = `.${[...button.classList].find((name) => name.startsWith("iria-"))}`;
  line.remove();
  const focus = next?.querySelector(sameButton) ?? next?.querySelector("button");
  if (focus) focus.focus();
  else window.location.reload(); // the page is done: the next one, or the words for an empty queue
  const filter = document.querySelector("#changelist-filter li a");
  if (filter) filter.textContent = answer.waiting;
  said.textContent = answer.said;
});

// A screen reader is told what is written into a place that it knew before.
const said = document.createElement("p");
said.className = "iria-meta";
said.setAttribute("role", "status");
document.addEventListener("DOMContentLoaded", () => document.getElementById("changelist")?.before(said));
