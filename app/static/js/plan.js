// When a search ends its page loads anew, unless somebody is about to press something there.
(function () {
  const IDLE_MS = 1500;
  const SETTLED_MS = 300;
  let lastMove = 0;
  let lastPlace = "";
  let wasLive = false;

  document.addEventListener("DOMContentLoaded", function () {
    wasLive = document.querySelector("#live[hx-get]") !== null;
  });

  document.addEventListener("pointermove", function (event) {
    // A page that moves under a resting pointer fires this too: at the same place, or at first.
    const place = event.clientX + " " + event.clientY;
    if (place !== lastPlace && performance.now() > SETTLED_MS) {
      lastMove = Date.now();
    }
    lastPlace = place;
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
    if (!wasLive || !live || !live.dataset.ended) {
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
