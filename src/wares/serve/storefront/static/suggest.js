// Suggestions under the search box: an ARIA combobox over GET /v1/suggest. Without it the form works as it is.
(() => {
  "use strict";
  const box = document.getElementById("q");
  if (!box) return;
  const wait = 120;
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "panel suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.suggestions);
  list.hidden = true;
  box.closest("form").append(list);
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);

  let typed = box.value;
  let chosen = -1;
  let timer = 0;
  let request = null;

  function close() {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    chosen = place;
    [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
    if (place < 0) {
      box.removeAttribute("aria-activedescendant");
      box.value = typed;
    } else {
      box.setAttribute("aria-activedescendant", list.children[place].id);
      box.value = list.children[place].dataset.text;
      list.children[place].scrollIntoView({ block: "nearest" });
    }
  }

  function show(found) {
    list.replaceChildren(
      ...found.map((one, number) => {
        const option = document.createElement("li");
        option.id = `suggestion-${number}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.url = one.url;
        option.dataset.text = one.text;
        const text = document.createElement("bdi");
        text.textContent = one.text; // never markup: merchants and shoppers wrote it
        option.append(text);
        const kind = box.dataset[one.kind];
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
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(found.length > 0));
    box.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    request?.abort();
    const mine = (request = new AbortController());
    const pairs = new URLSearchParams({ q: typed, lang: document.documentElement.lang });
    try {
      const answer = await fetch(`/v1/suggest?${pairs}`, { signal: mine.signal });
      const found = answer.ok ? (await answer.json()).suggestions : [];
      if (mine === request && document.activeElement === box) show(found);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  box.addEventListener("input", (event) => {
    if (event.isComposing) return; // half-written Chinese is no prefix
    typed = box.value;
    clearTimeout(timer);
    if (typed.trim()) timer = setTimeout(ask, wait);
    else close();
  });
  box.addEventListener("compositionend", () => box.dispatchEvent(new InputEvent("input")));
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = list.hidden ? 0 : list.children.length;
    if (event.key === "Escape" && count) {
      event.preventDefault();
      box.value = typed;
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(((chosen + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen].dataset.url);
    }
  });
  box.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the box keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
})();
