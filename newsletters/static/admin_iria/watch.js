// Refreshes the sums while something may still change. Without it the page is loaded again by hand.
const panel = document.querySelector("[data-progress]");
const address = panel?.dataset.progress;
const sentence = document.getElementById("iria-sentence");
const bar = document.getElementById("iria-bar");
let wait = 2000;

async function refresh() {
  if (document.hidden) return void setTimeout(refresh, wait);
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const now = await answer.json();
    // Another status has other buttons, and the first recipients bring the bar: the server makes that page.
    if (now.status !== panel.dataset.status || (!bar && now.candidates)) return void location.reload();
    if (sentence.textContent !== now.sentence) sentence.textContent = now.sentence;
    for (const [name, count] of Object.entries(now.figures)) {
      const cell = panel.querySelector(`[data-figure="${name}"]`);
      if (cell) {
        cell.textContent = String(count);
        cell.parentElement.classList.toggle("quiet", !count);
      }
    }
    if (bar) bar.value = now.settled;
    wait = 2000;
  } catch {
    wait = Math.min(wait * 2, 30000); // the server is away: ask less often, and go on when it is back
  }
  setTimeout(refresh, wait);
}

if (address) setTimeout(refresh, wait);
