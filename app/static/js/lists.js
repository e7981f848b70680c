// Habits of lists: hidden columns are remembered, so is the filter of a list one comes back to.
(function () {
  const YEAR_S = 31536000;

  function rememberHidden(list, keys) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const age = keys.length ? YEAR_S : 0;
    document.cookie = "hidden." + list + "=" + keys.join(".") + "; Path=/; Max-Age=" + age + "; SameSite=Lax" + secure;
  }

  document.addEventListener("change", function (event) {
    const menu = event.target.closest("[data-columns-of]");
    if (!menu || !event.target.dataset.column) {
      return;
    }
    const list = menu.dataset.columnsOf;
    document.querySelectorAll('table[data-list="' + list + '"]').forEach(function (table) {
      table.classList.toggle("hide-" + event.target.dataset.place, !event.target.checked);
    });
    const hidden = menu.querySelectorAll("input[data-column]:not(:checked)");
    rememberHidden(list, Array.from(hidden, (box) => box.dataset.column));
  });

  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) {
        menu.open = false;
      }
    });
  }

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", function (event) {
    const menu = event.target.closest && event.target.closest("details.menu[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A list's filter holds until the tab is closed: the way back to the list leads to it.
  // The menu's link to the page one is on still leads to the whole list.
  function rememberFilter() {
    if (document.querySelector("[data-list]") && !new URLSearchParams(location.search).has("print")) {
      sessionStorage.setItem("list " + location.pathname, location.search);
    }
  }

  function restoreFilters() {
    document.querySelectorAll(".crumbs a, .side-link[href]").forEach(function (link) {
      const address = new URL(link.href);
      const search = sessionStorage.getItem("list " + address.pathname);
      if (search && address.pathname !== location.pathname && !address.search) {
        address.search = search;
        link.href = address.href;
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    rememberFilter();
    restoreFilters();
    if (document.body.dataset.print !== undefined) {
      window.print();
    }
  });
  document.addEventListener("htmx:pushedIntoHistory", rememberFilter);
})();
