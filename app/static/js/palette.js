// The command palette: Ctrl-K, letters, arrows, Enter. The server finds, this moves the choice.
(function () {
  function lines() {
    return Array.from(document.querySelectorAll("#palette-list a[role=option]"));
  }

  function choose(line) {
    const input = document.getElementById("palette-input");
    lines().forEach((one) => one.setAttribute("aria-selected", String(one === line)));
    if (line) {
      input.setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function chosen() {
    return lines().find((line) => line.getAttribute("aria-selected") === "true");
  }

  function move(step) {
    const all = lines();
    const place = all.indexOf(chosen());
    choose(all[(place + step + all.length) % all.length]);
  }

  function openPalette() {
    const dialog = document.getElementById("palette");
    if (!dialog || dialog.open) {
      return;
    }
    window.redeployDialogs.open("palette");
    const input = document.getElementById("palette-input");
    input.select();
    input.dispatchEvent(new Event("palette-open"));
  }

  document.addEventListener("keydown", function (event) {
    const isK = event.key.toLowerCase() === "k";
    if (isK && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.target.id !== "palette-input" || event.isComposing) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const line = chosen();
      if (line) {
        line.click();
      }
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-open-palette]")) {
      openPalette();
    }
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id === "palette-list") {
      choose(lines()[0]);
    }
  });
})();
