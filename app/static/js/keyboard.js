// Keys of a single letter. Rows: j, k, x, Enter. Everything else is declared where it stands:
// an element with data-key="a" is pressed (a field: focused) by that key, a row's own first.
(function () {
  const OFF = "keys off";

  function isTyping(node) {
    return node.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
  }

  function isVisible(node) {
    return node.getClientRects().length > 0;
  }

  function scope() {
    return document.querySelector("dialog[open]") || document.getElementById("main") || document.body;
  }

  function rows() {
    const found = scope().querySelectorAll("table[data-list] > tbody > tr, [data-selectable] table.grid > tbody > tr");
    return Array.from(new Set(found)).filter(isVisible);
  }

  function cursor() {
    return rows().find((row) => row.classList.contains("cursor"));
  }

  function place(row, quietly) {
    rows().forEach((one) => one.classList.toggle("cursor", one === row));
    const target = ["a.row-link", "a[href]", "input[data-row]", "button"]
      .map((kind) => row.querySelector(kind))
      .find((one) => one !== null) || row;
    if (target === row) {
      row.tabIndex = -1;
    }
    target.focus({ preventScroll: true });
    if (!quietly) {
      row.scrollIntoView({ block: "nearest" });
    }
  }

  function move(step) {
    const all = rows();
    const now = all.indexOf(cursor());
    const next = now === -1 ? (step > 0 ? 0 : all.length - 1) : now + step;
    if (all[next]) {
      place(all[next]);
    }
    return all.length > 0;
  }

  function toggleRow() {
    const row = cursor();
    const box = row && row.querySelector("input[data-row]");
    if (box) {
      box.click();
    }
    return Boolean(box);
  }

  function focusSearch() {
    const field = Array.from(scope().querySelectorAll("input[type=search]")).find(isVisible);
    if (field) {
      field.focus();
      field.select();
    }
    return Boolean(field);
  }

  function press(key) {
    const selector = '[data-key="' + CSS.escape(key) + '"]';
    const row = cursor();
    const inRow = row ? Array.from(row.querySelectorAll(selector)) : [];
    const inTables = Array.from(scope().querySelectorAll("tbody " + selector));
    const outside = Array.from(scope().querySelectorAll(selector)).filter((one) => !inTables.includes(one));
    const target = inRow.concat(outside).find(isVisible);
    if (!target) {
      return false;
    }
    selectCursorFor(target, row);
    if (target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) {
      target.focus();
    } else {
      target.click();
    }
    return true;
  }

  // "Approve" with nothing selected means the row under the cursor.
  function selectCursorFor(target, row) {
    const box = row && row.querySelector("input[data-row]");
    if (box && !box.checked && target.disabled && target.matches("[data-needs-rows]")) {
      box.click();
    }
  }

  const OWN_KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => toggleRow() || press("x"),
    "/": focusSearch,
    "?": () => Boolean(window.redeployDialogs.open("keys")),
  };

  document.addEventListener("keydown", function (event) {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) {
      event.target.blur();
      return;
    }
    if (!isPlain || event.defaultPrevented || event.isComposing || event.key.length !== 1) {
      return;
    }
    if (isTyping(event.target) || localStorage.getItem(OFF)) {
      return;
    }
    const own = OWN_KEYS[event.key];
    if (own ? own() : press(event.key)) {
      event.preventDefault();
    }
  });

  // The pointer and the keys have one cursor: a row that gets the focus takes it.
  document.addEventListener("focusin", function (event) {
    const row = event.target.closest("tr");
    if (row && rows().includes(row)) {
      rows().forEach((one) => one.classList.toggle("cursor", one === row));
    }
  });

  // A part of the page that is drawn anew keeps the cursor on the row in the same place.
  let placeBefore = -1;
  document.addEventListener("htmx:beforeSwap", function () {
    placeBefore = rows().indexOf(cursor());
  });
  document.addEventListener("htmx:afterSettle", function () {
    const all = rows();
    if (placeBefore >= 0 && !cursor() && all.length > 0 && !isTyping(document.activeElement)) {
      place(all[Math.min(placeBefore, all.length - 1)], true);
    }
  });

  function listKeysOfPage() {
    const list = document.getElementById("keys-here-list");
    const section = document.getElementById("keys-here-section");
    const seen = new Map();
    document.querySelectorAll("#main [data-key]").forEach(function (node) {
      const words = node.dataset.keyWords || node.getAttribute("aria-label") || node.textContent.trim();
      if (!seen.has(node.dataset.key)) {
        seen.set(node.dataset.key, words);
      }
    });
    list.replaceChildren();
    seen.forEach(function (words, key) {
      const term = document.createElement("dt");
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      list.append(term, Object.assign(document.createElement("dd"), { textContent: words }));
    });
    section.hidden = seen.size === 0;
  }

  document.addEventListener("DOMContentLoaded", function () {
    const dialog = document.getElementById("keys");
    const choice = document.getElementById("keys-on");
    if (!dialog || !choice) {
      return;
    }
    choice.checked = !localStorage.getItem(OFF);
    choice.addEventListener("change", function () {
      if (choice.checked) {
        localStorage.removeItem(OFF);
      } else {
        localStorage.setItem(OFF, "1");
      }
    });
    new MutationObserver(listKeysOfPage).observe(dialog, { attributes: true, attributeFilter: ["open"] });
  });
})();
