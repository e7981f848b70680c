// Small helps that need no server: selecting rows, and forms that send themselves.
(function () {
  function table(node) {
    return node.closest("[data-selectable]");
  }

  function refresh(scope) {
    const boxes = Array.from(scope.querySelectorAll("input[data-row]"));
    const chosen = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").classList.toggle("chosen", box.checked));
    const all = scope.querySelector("input[data-all]");
    if (all) {
      all.checked = boxes.length > 0 && chosen.length === boxes.length;
      all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
    const matching = scope.querySelector("input[data-all-matching]");
    const everything = matching !== null && matching.checked;
    const total = everything ? Number(matching.dataset.total) : chosen.length;
    const count = scope.querySelector("[data-count]");
    if (count) {
      count.textContent = total === 0 ? "None selected" : total.toLocaleString("en") + " selected";
    }
    scope.querySelectorAll("[data-needs-rows]").forEach((button) => {
      button.disabled = total === 0;
    });
  }

  document.addEventListener("change", function (event) {
    const scope = table(event.target);
    if (!scope) {
      return;
    }
    if (event.target.matches("input[data-all]")) {
      scope.querySelectorAll("input[data-row]").forEach((box) => {
        box.checked = event.target.checked;
      });
    }
    refresh(scope);
  });

  // Capture: the choice must stand before htmx reads the form.
  document.addEventListener(
    "change",
    function (event) {
      const radio = document.getElementById(event.target.dataset.picks || "");
      if (radio) {
        radio.checked = true;
      }
    },
    true,
  );

  function refreshAll() {
    document.querySelectorAll("[data-selectable]").forEach(refresh);
  }

  // An error stands in the notices until something works again.
  function clearNotices(event) {
    const notices = document.getElementById("notices");
    if (notices && event.detail.successful) {
      notices.replaceChildren();
    }
  }

  function sayNoAnswer() {
    const words = document.getElementById("no-answer");
    if (words) {
      document.getElementById("notices").replaceChildren(words.content.cloneNode(true));
    }
  }

  document.addEventListener("htmx:afterRequest", clearNotices);
  document.addEventListener("htmx:sendError", sayNoAnswer);
  document.addEventListener("htmx:timeout", sayNoAnswer);
  document.addEventListener("DOMContentLoaded", refreshAll);
  document.addEventListener("htmx:afterSettle", refreshAll);
})();
