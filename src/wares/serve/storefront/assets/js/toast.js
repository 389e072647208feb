// A short message at the edge of the page; `again` is offered as a button.
export function toast(text, again) {
  const shown = document.createElement("div");
  shown.className = "toast";
  shown.textContent = text;
  const box = document.getElementById("toasts");
  if (again) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = box.dataset.again;
    button.addEventListener("click", () => {
      shown.remove();
      again();
    });
    shown.append(button);
  }
  box.replaceChildren(shown);
  setTimeout(() => shown.remove(), 12_000);
}
