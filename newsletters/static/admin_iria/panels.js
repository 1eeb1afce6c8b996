// Panels that are addresses of their own: one with data-load is fetched at once, one with data-again is fetched again
// after so many seconds, as long as the server says so. Without this they are links, and pages that are loaded again.
const LONGEST = 60;

async function fetched(panel) {
  const answer = await fetch(panel.dataset.panel, {
    credentials: "same-origin",
    headers: { "X-Requested-With": "panel" },
  });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return holder.content.querySelector("[data-panel]");
}

async function renew(panel, seconds) {
  if (!panel.isConnected) return;
  if (document.hidden) return void setTimeout(renew, 1000 * seconds, panel, seconds);
  try {
    const fresh = await fetched(panel);
    // Keyboard focus inside the panel keeps its place until it leaves.
    if (panel.contains(document.activeElement)) return void setTimeout(renew, 1000 * seconds, panel, seconds);
    panel.replaceWith(fresh);
  } catch {
    setTimeout(renew, 1000 * Math.min(2 * seconds, LONGEST), panel, Math.min(2 * seconds, LONGEST));
  }
}

function start(panel) {
  if ("load" in panel.dataset) renew(panel, 2);
  else if (panel.dataset.again)
    setTimeout(renew, 1000 * Number(panel.dataset.again), panel, Number(panel.dataset.again));
}

document.querySelectorAll("[data-panel]").forEach(start);
// Another script may put panels into the page, after a save for instance.
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes])) {
    if (node.nodeType === Node.ELEMENT_NODE && node.matches("[data-panel]")) start(node);
  }
}).observe(document.body, { childList: true, subtree: true });
// The composer puts panels into the page after it saved, and asks for the audience when the articles are others.
document.addEventListener("iria:panels", (event) => event.target.querySelectorAll("[data-panel]").forEach(start));
document.addEventListener("iria:audience", () => renew(document.getElementById("audience"), 2));
