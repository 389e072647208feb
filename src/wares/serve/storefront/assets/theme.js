// Before the first paint: the theme that was chosen here, and that scripts run.
(() => {
  document.documentElement.classList.add("scripted");
  try {
    const chosen = localStorage.getItem("wares.theme");
    if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  } catch {
    // nothing may be remembered here: the theme is the system's
  }
})();
