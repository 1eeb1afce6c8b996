/* The set-up: who opens it most likely works in the time zone that their browser has. Without JavaScript it says UTC. */
const zone = document.querySelector("input[data-guess-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && here && zone.value === zone.defaultValue) {
  zone.value = here;
}
