// Beside each time of another zone: what clocks show where the reader of the page is.
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = document.documentElement.lang || "en";

function shown(at, zone, weekday) {
  try {
    const wanted = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat(language, weekday ? { ...wanted, weekday } : wanted).format(at);
  } catch {
    return null; // a zone that this browser doesn't know
  }
}

for (const time of document.querySelectorAll("time[data-zone]")) {
  const at = new Date(time.dateTime);
  const [there, mine] = [shown(at, time.dataset.zone, "short"), shown(at, here, "short")];
  const words = time.closest("[data-here]")?.dataset.here;
  if (there && mine && there !== mine && words) {
    const isSameDay = there.split(" ")[0] === mine.split(" ")[0];
    const beside = document.createElement("small");
    beside.className = "iria-here";
    beside.textContent = ` (${words.replace("TIME", isSameDay ? shown(at, here) : mine)})`;
    time.after(beside);
  }
}
