// Suggestions under the search box: an ARIA 1.2 combobox. Without it the form works as it is.
import { add, forget, list } from "./remembered.js";

const SUGGEST = "/v1/suggest";

const WAIT = 120; // ms
const RECENT = "searches";
const MOST_RECENT = 6;

const box = () => document.getElementById("q");
let typed = "";
let chosen = -1;
let timer = 0;
let request = null;

// The popup is made anew where the page around it was replaced.
function popup() {
  const field = box();
  let panel = document.getElementById("suggesting");
  if (!panel) {
    panel = document.createElement("div");
    panel.id = "suggesting";
    panel.className = "panel suggestions";
    panel.hidden = true;
    const options = document.createElement("ul");
    options.id = "suggestions";
    options.setAttribute("role", "listbox");
    options.setAttribute("aria-label", field.dataset.suggestions);
    const clear = document.createElement("button");
    clear.type = "button";
    clear.className = "link";
    clear.textContent = field.dataset.clear;
    clear.hidden = true;
    clear.addEventListener("click", () => {
      forget(RECENT);
      close();
      field.focus();
    });
    panel.append(options, clear);
    field.form.append(panel);
    for (const [name, value] of [
      ["role", "combobox"],
      ["aria-autocomplete", "list"],
      ["aria-controls", options.id],
      ["aria-expanded", "false"],
    ]) {
      field.setAttribute(name, value);
    }
  }
  return { panel, options: panel.firstElementChild, clear: panel.lastElementChild };
}

function close() {
  const { panel } = popup();
  clearTimeout(timer);
  request?.abort();
  panel.hidden = true;
  chosen = -1;
  box().setAttribute("aria-expanded", "false");
  box().removeAttribute("aria-activedescendant");
}

function choose(place) {
  const { options } = popup();
  chosen = place;
  [...options.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
  if (place < 0) {
    box().removeAttribute("aria-activedescendant");
    box().value = typed;
  } else {
    const option = options.children[place];
    box().setAttribute("aria-activedescendant", option.id);
    box().value = option.dataset.text;
    option.scrollIntoView({ block: "nearest" });
  }
}

function show(found) {
  const { panel, options, clear } = popup();
  options.replaceChildren(
    ...found.map((one, number) => {
      const option = document.createElement("li");
      option.id = `suggestion-${number}`;
      option.className = one.kind;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      if (one.url) option.dataset.url = one.url;
      option.dataset.text = one.text;
      const text = document.createElement("bdi");
      text.textContent = one.text; // never markup: merchants and shoppers wrote it
      option.append(text);
      const kind = box().dataset[one.kind];
      if (kind) {
        const label = document.createElement("span");
        label.className = "fine";
        label.textContent = kind;
        option.append(label);
      }
      return option;
    }),
  );
  chosen = -1;
  clear.hidden = !found.some((one) => one.kind === "recent");
  panel.hidden = !found.length;
  box().setAttribute("aria-expanded", String(found.length > 0));
  box().removeAttribute("aria-activedescendant");
}

async function ask() {
  request?.abort();
  const mine = (request = new AbortController());
  const pairs = new URLSearchParams({ q: typed, lang: document.documentElement.lang });
  try {
    const answer = await fetch(`${SUGGEST}?${pairs}`, { signal: mine.signal });
    const found = answer.ok ? (await answer.json()).suggestions : [];
    if (mine === request && document.activeElement === box()) show(found);
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

function recent() {
  request?.abort();
  clearTimeout(timer);
  show(list(RECENT).map((text) => ({ kind: "recent", text })));
}

// A query is searched for on this page, all else has a page of its own.
function go(option) {
  const { url, text } = option.dataset;
  close();
  if (url) {
    location.assign(url);
  } else {
    box().value = text;
    box().form.requestSubmit();
  }
}

function changed() {
  typed = box().value;
  clearTimeout(timer);
  if (typed.trim()) timer = setTimeout(ask, WAIT);
  else recent();
}

document.addEventListener("input", (event) => {
  if (event.target === box() && !event.isComposing) changed(); // half-written Chinese is no prefix
});
document.addEventListener("compositionend", (event) => {
  if (event.target === box()) changed();
});
document.addEventListener("keydown", (event) => {
  if (event.target !== box() || event.isComposing) return;
  const { panel, options } = popup();
  const count = panel.hidden ? 0 : options.children.length;
  if (event.key === "Escape" && count) {
    event.preventDefault();
    box().value = typed;
    close();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(((chosen + 1 + step + count + 1) % (count + 1)) - 1);
  } else if (event.key === "ArrowDown" && !box().value.trim()) {
    recent();
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    go(options.children[chosen]);
  }
});
document.addEventListener("focusin", (event) => {
  if (event.target !== box()) return;
  popup();
  typed = box().value;
});
document.addEventListener("focusout", (event) => {
  if (event.target === box() && !popup().panel.contains(event.relatedTarget)) close();
});
document.addEventListener("click", (event) => {
  if (event.target === box() && !box().value.trim()) recent();
});
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.("#suggestions [role=option]");
  if (!option) return;
  event.preventDefault(); // the box keeps the focus
  go(option);
});
document.addEventListener("submit", (event) => {
  const words = event.target === box()?.form && box().value.trim();
  if (words) add(RECENT, words, MOST_RECENT);
  if (event.target === box()?.form) close();
});
// What was written while the page still loaded counts as well.
if (box()) popup();
document.addEventListener("htmx:after:process", () => box() && popup());
