// Results that are exchanged without a page load: busy, told, focused, and what went wrong.
import { toast } from "./toast.js";

const main = () => document.getElementById("main");
const failed = () => document.getElementById("toasts").dataset.failed;

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  main().setAttribute("aria-busy", "true");
  ctx.rows = document.querySelectorAll("#grid > li").length;
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});

// Only a page can take the place of a page.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.headers.get("content-type")?.startsWith("text/html")) return;
  event.preventDefault();
  toast(failed(), () => location.assign(ctx.request.action));
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx) toast(failed(), () => location.assign(ctx.request.action));
});

document.addEventListener("htmx:finally:request", () => main().removeAttribute("aria-busy"));

// The search box says what is shown, unless somebody is writing in it.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const box = document.getElementById("q");
  if (box && document.activeElement !== box) box.value = new URLSearchParams(location.search).get("q") ?? "";
  const added = ctx.replace && document.querySelectorAll("#grid > li")[ctx.rows]?.querySelector("a"); // "load more"
  const focused = document.activeElement;
  if (!added && focused && focused !== document.body && focused.isConnected) return;
  (added || document.getElementById("results") || main()).focus({ preventScroll: true });
});

// One open menu at a time; Escape and a click elsewhere close it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Dialogs close by their button and by a click beside them.
document.addEventListener("click", (event) => {
  const dialog = event.target.closest?.("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
});
