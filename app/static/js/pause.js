// The pickers of the pause dialog: narrowing a long list by what is typed, counting what is chosen.
(function () {
  function rows(picker) {
    return Array.from(picker.querySelectorAll(".picker-row"));
  }

  function narrow(picker, text) {
    const wanted = text.trim().toLowerCase();
    rows(picker).forEach((row) => {
      row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
    });
  }

  function count(picker) {
    const chosen = picker.querySelectorAll("input:checked").length;
    const foot = picker.querySelector("[data-picker-count]");
    foot.textContent = chosen.toLocaleString("en") + (chosen === 1 ? " project" : " projects") + " chosen";
  }

  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-picker-find]")) {
      narrow(event.target.closest("[data-picker]"), event.target.value);
    }
  });

  document.addEventListener("keydown", function (event) {
    // Enter takes the first that is left; it must not send the form.
    if (event.key === "Enter" && event.target.matches("[data-picker-find]")) {
      event.preventDefault();
      const first = rows(event.target.closest("[data-picker]")).find((row) => !row.hidden);
      if (first && event.target.value.trim() !== "") {
        first.querySelector("input").click();
      }
    }
  });

  document.addEventListener(
    "change",
    function (event) {
      if (event.target.matches("[data-picker-find]")) {
        // What is typed to find a row is no part of the order.
        event.stopPropagation();
        return;
      }
      const picker = event.target.closest("[data-picker]");
      if (picker) {
        count(picker);
      }
    },
    true,
  );
})();
