// Refreshes the sums while something may still change. Without it the page is loaded again by hand.
const panel = document.querySelector("[data-progress]");
const address = panel?.dataset.progress;
const sentence = document.getElementById("iria-sentence");
const speed = document.getElementById("iria-speed");
const why = document.getElementById("iria-why");
const said = document.getElementById("iria-said");
const bar = document.getElementById("iria-bar");
const CALM = 60000; // between two times that a screen reader is told how far it is
const countdown = document.getElementById("iria-countdown");
let endsAt = countdown ? performance.now() + 1000 * Number(countdown.dataset.left) : 0;
let wait = 2000;
let toldAt = performance.now();
let reasons = [...(why?.children ?? [])].map((entry) => entry.textContent);

const withoutNumbers = (reason) => reason.replace(/[0-9][0-9.,:]*/g, "");

function show(now) {
  if (sentence.textContent !== now.sentence) sentence.textContent = now.sentence;
  speed.textContent = [now.rate, now.left].filter(Boolean).join(" · ");
  speed.hidden = !now.rate;
  if (reasons.join("\n") !== now.why.join("\n")) {
    why.replaceChildren(
      ...now.why.map((reason) => {
        const entry = document.createElement("li");
        entry.className = "iria-warning";
        entry.textContent = reason;
        return entry;
      }),
    );
    why.hidden = !now.why.length;
  }
}

// A new reason is told at once, how far it is once a minute; a number that changed is no news.
function tell(now) {
  const known = new Set(reasons.map(withoutNumbers));
  const news = now.why.filter((reason) => !known.has(withoutNumbers(reason)));
  if (!news.length && performance.now() - toldAt >= CALM) news.push(now.sentence, now.left);
  if (news.length) {
    said.textContent = news.filter(Boolean).join(" ");
    toldAt = performance.now();
  }
}

async function refresh() {
  if (document.hidden) return void setTimeout(refresh, wait);
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const now = await answer.json();
    // Another status has other buttons, the first recipients bring the bar, and what has ended has a report: the
    // server makes that page.
    const isOther = now.status !== panel.dataset.status || now.held !== "held" in panel.dataset;
    if (isOther || !now.watched || (!bar && now.recipients)) return void location.reload();
    if (countdown) endsAt = performance.now() + 1000 * now.seconds_left;
    show(now);
    tell(now);
    reasons = now.why;
    for (const [name, figure] of Object.entries({ ...now.figures, recipients: now.recipients })) {
      const cell = panel.querySelector(`[data-figure="${name}"]`);
      if (cell) {
        cell.textContent = figure.toLocaleString(document.documentElement.lang || undefined);
        cell.parentElement.classList.toggle("quiet", !figure);
      }
    }
    if (bar) Object.assign(bar, { max: now.recipients || 1, value: now.settled });
    wait = 2000;
  } catch {
    wait = Math.min(wait * 2, 30000); // the server is away: ask less often, and go on when it is back
  }
  setTimeout(refresh, wait);
}

// The seconds in which it can be called back: by the server's reckoning, whatever this machine's clock says.
function count() {
  const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  const { one, many, over } = countdown.dataset;
  const words = left > 1 ? many.replace("%left%", left) : left ? one : over;
  if (countdown.textContent !== words) countdown.textContent = words;
  if (left) setTimeout(count, 250);
}

if (countdown) {
  countdown.setAttribute("role", "timer");
  count();
}
if (address) setTimeout(refresh, wait);
