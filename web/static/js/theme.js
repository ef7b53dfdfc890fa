// SPDX-License-Identifier: Apache-2.0
// Before the first paint: the theme the person chose, or the system's. A classic script, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = root.dataset.theme;
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  };
  dark.addEventListener("change", apply);
  document.addEventListener("rolodial:theme", apply);
  apply();
})();
