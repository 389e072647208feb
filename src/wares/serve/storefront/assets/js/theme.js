// Light or dark: the system's, until a shopper turns it.
import { remember } from "./remembered.js";

export default () => ({
  dark: false,
  init() {
    const chosen = document.documentElement.dataset.theme;
    this.dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  },
  turn() {
    this.dark = !this.dark;
    document.documentElement.dataset.theme = this.dark ? "dark" : "light";
    remember("theme", document.documentElement.dataset.theme);
  },
});
