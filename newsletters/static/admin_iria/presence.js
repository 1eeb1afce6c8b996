// Says every ten seconds that this page is open, and shows who else has it open, and whether they saved something newer.
const page = document.querySelector("[data-presence]");
const form = page.closest("form") ?? page.querySelector("form[data-saves]");
const others = document.getElementById("iria-others");
const newer = document.getElementById("iria-newer");
const mine = () => Number(form.elements[page.dataset.counter].value);

async function ping() {
  if (document.hidden || !page.dataset.presence) return; // a new article has nobody else yet
  const before = mine();
  const body = new FormData(form);
  const token = new FormData();
  token.set("csrfmiddlewaretoken", body.get("csrfmiddlewaretoken"));
  const answer = await fetch(page.dataset.presence, {
    method: "POST",
    body: token,
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) return;
  const said = await answer.json();
  if (others.textContent !== said.others) others.textContent = said.others;
  others.hidden = !said.others;
  // A save of this very page may lie between the question and its answer.
  const isNewer = said.gone || (said.revision > mine() && before === mine());
  newer.hidden = !isNewer;
  if (isNewer) newer.querySelector("span").textContent = said.newer;
}
const quietly = () => ping().catch(() => {}); // a courtesy: without a connection, saving says so

quietly();
setInterval(quietly, 10_000);
document.addEventListener("visibilitychange", quietly);
document.addEventListener("iria:saved", ({ detail }) => {
  if (detail.presence) page.dataset.presence = detail.presence;
});
