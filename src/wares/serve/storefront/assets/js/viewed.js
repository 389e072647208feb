// Products that were looked at here. Their names stay in this browser; a page asks for their cards by name.
import { add, forget, list } from "./remembered.js";

const VIEWED = "viewed";
const MOST = 12;
const SHOWN = 8;

async function fill(rail) {
  if (rail.dataset.filled) return;
  rail.dataset.filled = "true";
  const here = document.querySelector("[data-viewed]")?.dataset.viewed;
  const names = list(VIEWED).filter((name) => name !== here).slice(0, SHOWN);
  if (!names.length) return;
  const pairs = new URLSearchParams(names.map((name) => ["id", name]));
  const lang = new URLSearchParams(location.search).get("lang");
  if (lang) pairs.set("lang", lang);
  const answer = await fetch(`/cards?${pairs}`);
  if (!answer.ok) return; // the page is whole without
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const cards = page.querySelector(".cards");
  if (!cards) return;
  rail.querySelector(".recent-cards").replaceChildren(document.adoptNode(cards));
  rail.hidden = false;
}

const look = () => {
  document.querySelectorAll("[data-looked]").forEach(fill);
  const here = document.querySelector("[data-viewed]")?.dataset.viewed;
  if (here) add(VIEWED, here, MOST);
};
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-forget]")) return;
  forget(VIEWED);
  event.target.closest("[data-looked]").hidden = true;
  document.getElementById("main").focus({ preventScroll: true });
});
look();
document.addEventListener("htmx:after:swap", look);
