// When a search ends its page loads anew, unless somebody is about to press something there.
(function () {
  const IDLE_MS = 1500;
  let lastMove = 0;

  document.addEventListener("pointermove", function (event) {
    if (event.movementX !== 0 || event.movementY !== 0) {
      lastMove = Date.now();
    }
  });

  function isBusy() {
    const actions = document.getElementById("live-actions");
    const isNear = actions !== null && lastMove > 0 && actions.matches(":hover");
    const isInside = actions !== null && actions.contains(document.activeElement);
    const hasOpenTable = document.querySelector(".behind-live[open]") !== null;
    return isNear || isInside || hasOpenTable;
  }

  function reloadWhenIdle() {
    const live = document.getElementById("live");
    if (!live || !live.dataset.ended) {
      return;
    }
    if (live.dataset.ended !== "asked" && isBusy()) {
      return; // the button "Show what came of it" stands there instead
    }
    const wait = IDLE_MS - (Date.now() - lastMove);
    if (wait > 0) {
      window.setTimeout(reloadWhenIdle, wait);
    } else {
      window.location.reload();
    }
  }

  document.addEventListener("htmx:afterSettle", reloadWhenIdle);
})();
