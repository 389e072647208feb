// The filters on a phone: a dialog over the page that keeps the focus, and that stays open while filters are chosen.
let open = false;
let opener = "";

const drawer = () => document.getElementById("filters");
const inside = () =>
  [...drawer().querySelectorAll("a, button, input:not([type=hidden]), summary")].filter((each) => each.checkVisibility());

function show() {
  open = true;
  drawer().classList.add("open");
  drawer().setAttribute("role", "dialog");
  drawer().setAttribute("aria-modal", "true");
  document.documentElement.classList.add("covered");
}

function hide() {
  open = false;
  document.documentElement.classList.remove("covered");
  drawer()?.classList.remove("open");
  drawer()?.setAttribute("role", "complementary");
  drawer()?.removeAttribute("aria-modal");
  document.querySelector(opener)?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-drawer]") && drawer()) {
    event.preventDefault();
    opener = "[data-drawer]";
    show();
    inside()[0]?.focus();
  } else if (open && event.target.closest?.("[data-drawer-close]")) {
    event.preventDefault();
    hide();
  }
});
document.addEventListener("keydown", (event) => {
  if (!open || !drawer()) return;
  if (event.key === "Escape") {
    event.preventDefault();
    hide();
  } else if (event.key === "Tab") {
    const all = inside();
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (document.activeElement !== edge && drawer().contains(document.activeElement)) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0]).focus();
  }
});
// Settling gives elements the attributes that they came with.
document.addEventListener("htmx:after:settle", () => {
  if (!open) return;
  if (drawer()) show();
  else hide();
});
document.addEventListener("htmx:after:swap", () => {
  if (open && !drawer().contains(document.activeElement)) inside()[0]?.focus();
});
matchMedia("(min-width: 52rem)").addEventListener("change", () => open && hide());
