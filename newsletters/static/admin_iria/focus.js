// The focal point of a picture: a mark on the picture itself, set by a click or moved by the arrow keys. The two
// numbers below the picture are what is saved; without this script they are typed.
const picture = document.querySelector("[data-focus-picture]");
const fields = { x: document.querySelector("[data-focus=x]"), y: document.querySelector("[data-focus=y]") };

const within = (number) => Math.min(100, Math.max(0, Math.round(number)));

if (picture && fields.x && fields.y) {
  const holder = document.createElement("span");
  holder.className = "iria-focus";
  picture.before(holder);
  const mark = document.createElement("button");
  mark.type = "button";
  mark.className = "iria-focus-mark";
  mark.setAttribute("aria-label", "Focal point: move it with the arrow keys");
  holder.append(picture, mark);

  const show = () => {
    mark.style.left = `${within(Number(fields.x.value))}%`;
    mark.style.top = `${within(Number(fields.y.value))}%`;
  };
  const set = (x, y) => {
    fields.x.value = within(x);
    fields.y.value = within(y);
    fields.y.dispatchEvent(new Event("input", { bubbles: true }));
    show();
  };
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    set((100 * (event.clientX - box.left)) / box.width, (100 * (event.clientY - box.top)) / box.height);
    mark.focus();
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  mark.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 2;
    set(Number(fields.x.value) + far * step[0], Number(fields.y.value) + far * step[1]);
  });
  for (const field of Object.values(fields)) field.addEventListener("input", show);
  show();
}
