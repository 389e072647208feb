// The part of a photo that is meant: dragged, or moved by the arrow keys. It is written into a field as shares of the
// photo's sides, `left,top,right,bottom`; the whole photo is an empty field.
const LEAST = 0.05;
const states = new WeakMap();

const clamp = (share, least, most) => Math.min(Math.max(share, least), most);

function field(crop) {
  return crop.closest("form")?.elements.region ?? crop.parentElement.querySelector("input[name=region]");
}

function read(crop) {
  if (!states.has(crop)) {
    const given = (field(crop)?.value ?? "").split(",").map(Number);
    const whole = given.length !== 4 || given.some(Number.isNaN);
    states.set(crop, whole ? [0, 0, 1, 1] : given);
  }
  return states.get(crop);
}

export function draw(crop) {
  const [left, top, right, bottom] = read(crop);
  const box = crop.querySelector(".crop-box");
  box.style.insetInlineStart = "auto"; // a photo has its left at the left in every language
  box.style.left = `${left * 100}%`;
  box.style.top = `${top * 100}%`;
  box.style.width = `${(right - left) * 100}%`;
  box.style.height = `${(bottom - top) * 100}%`;
  const whole = right - left > 0.995 && bottom - top > 0.995;
  if (field(crop)) field(crop).value = whole ? "" : [left, top, right, bottom].map((share) => Number(share.toFixed(3))).join();
}

export function whole(crop) {
  states.set(crop, [0, 0, 1, 1]);
  draw(crop);
}

function move(crop, corner, dx, dy) {
  let [left, top, right, bottom] = read(crop);
  if (corner === "move") {
    dx = clamp(dx, -left, 1 - right);
    dy = clamp(dy, -top, 1 - bottom);
    [left, right, top, bottom] = [left + dx, right + dx, top + dy, bottom + dy];
  } else {
    if (corner.includes("w")) left = clamp(left + dx, 0, right - LEAST);
    else right = clamp(right + dx, left + LEAST, 1);
    if (corner.includes("n")) top = clamp(top + dy, 0, bottom - LEAST);
    else bottom = clamp(bottom + dy, top + LEAST, 1);
  }
  states.set(crop, [left, top, right, bottom]);
  draw(crop);
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-corner]");
  if (!grip || event.button) return;
  event.preventDefault();
  grip.focus({ preventScroll: true });
  const crop = grip.closest(".crop");
  const { width, height } = crop.getBoundingClientRect();
  let [x, y] = [event.clientX, event.clientY];
  grip.setPointerCapture(event.pointerId);
  const dragged = (moved) => {
    move(crop, grip.dataset.corner, (moved.clientX - x) / width, (moved.clientY - y) / height);
    [x, y] = [moved.clientX, moved.clientY];
  };
  const done = () => grip.removeEventListener("pointermove", dragged);
  grip.addEventListener("pointermove", dragged);
  grip.addEventListener("pointerup", done, { once: true });
  grip.addEventListener("pointercancel", done, { once: true });
});

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
document.addEventListener("keydown", (event) => {
  const grip = event.target.closest?.("[data-corner]");
  const step = grip && STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const size = event.shiftKey ? 0.1 : 0.02;
  move(grip.closest(".crop"), grip.dataset.corner, step[0] * size, step[1] * size);
});

const drawAll = () => document.querySelectorAll("[data-crop]").forEach(draw);
drawAll();
document.addEventListener("htmx:after:process", drawAll);
