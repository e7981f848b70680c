// Runs in the head, before the first paint, so that the page never flashes in the wrong theme.
// The server writes the remembered choice; without one the system's setting rules.
(function () {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    if (!root.dataset.chosenTheme) {
      root.dataset.bsTheme = dark.matches ? "dark" : "light";
    }
  }

  function choose(theme) {
    root.dataset.chosenTheme = theme;
    root.dataset.bsTheme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "theme=" + theme + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure;
  }

  follow();
  dark.addEventListener("change", follow);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-theme-toggle]")) {
      choose(root.dataset.bsTheme === "dark" ? "light" : "dark");
    }
  });
})();
