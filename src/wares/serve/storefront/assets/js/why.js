// "Why this?" in a dialog: the lines that the card already has, and what would move the product.
const dialog = () => document.getElementById("why");
let request = null;

document.addEventListener("click", async (event) => {
  const why = event.target.closest?.("summary")?.closest("details.why");
  if (!why || why.closest("dialog")) return;
  event.preventDefault();
  const body = document.getElementById("why-body");
  const lines = [...why.children].filter((child) => child.tagName !== "SUMMARY").map((child) => child.cloneNode(true));
  const name = why.closest(".card").querySelector(".card-title").cloneNode(true);
  body.replaceChildren(name, ...lines);
  dialog().showModal();
  if (!why.dataset.explain) return;
  request?.abort();
  request = new AbortController();
  try {
    const answer = await fetch(why.dataset.explain, { signal: request.signal });
    if (!answer.ok) return; // its page still has an address in the dialog
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = page.getElementById("supposed");
    if (told) body.querySelector("p:has(> .why-more)")?.replaceWith(document.adoptNode(told));
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
});
