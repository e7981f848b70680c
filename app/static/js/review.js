// The drawer of the review desk: opens beside the list, closes with Escape, gives the focus back.
(function () {
  let opener = null;
  let following = 0;

  function drawer() {
    return document.querySelector("[data-drawer]");
  }

  function markOpener() {
    document.querySelectorAll("tr.open").forEach((row) => row.classList.remove("open"));
    const link = opener && document.querySelector(`a[data-opens-drawer][href="${opener}"]`);
    if (link) {
      link.closest("tr").classList.add("open");
    }
    return link;
  }

  function close() {
    const panel = drawer();
    if (!panel || !panel.childElementCount) {
      return;
    }
    panel.replaceChildren();
    const link = markOpener();
    opener = null;
    document.querySelectorAll("tr.open").forEach((row) => row.classList.remove("open"));
    if (link) {
      link.focus();
    }
  }

  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[data-opens-drawer]");
    if (link) {
      opener = link.getAttribute("href");
    }
    if (event.target.closest("[data-close-drawer]")) {
      close();
    }
  });

  // While it is open, it follows the keys from row to row.
  document.addEventListener("focusin", function (event) {
    const panel = drawer();
    const link = event.target.closest("a[data-opens-drawer]");
    if (!panel || !panel.childElementCount || !link || link.getAttribute("href") === opener) {
      return;
    }
    window.clearTimeout(following);
    following = window.setTimeout(() => document.activeElement === link && link.click(), 150);
  });

  document.addEventListener("keydown", function (event) {
    const isTyping = event.target.closest && event.target.closest("input, select, textarea");
    if (event.key === "Escape" && !isTyping) {
      close();
    }
  });

  document.addEventListener("htmx:afterSettle", markOpener);

  // A list that renews itself keeps what was ticked meanwhile.
  let ticked = [];

  document.addEventListener("htmx:beforeSwap", function (event) {
    const cause = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    const isOwn = cause && cause.type === "proposals-changed";
    const boxes = isOwn ? event.detail.target.querySelectorAll("input[data-row]:checked") : [];
    ticked = Array.from(boxes, (box) => box.value);
  });

  document.addEventListener("htmx:afterSwap", function () {
    document.querySelectorAll("#review input[data-row]").forEach((box) => {
      box.checked = box.checked || ticked.includes(box.value);
    });
    ticked = [];
  });

  // The focus stays on the row, so that the keys walk on; what was focused in the drawer is gone.
  document.addEventListener("htmx:afterSwap", function (event) {
    const panel = drawer();
    if (!panel || event.detail.target !== panel) {
      return;
    }
    panel.scrollTop = 0;
    const title = panel.querySelector("[data-drawer-title]");
    if (title && (document.activeElement === document.body || panel.contains(document.activeElement))) {
      title.focus({ preventScroll: true });
    }
  });
})();
