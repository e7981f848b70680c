// The calendar link: one press copies it, a press into it selects it.
(function () {
  async function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    const words = button.querySelector("[data-copied]");
    words.textContent = words.dataset.copied;
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (button) {
      // Without the right to copy, the selected text can still be copied by hand.
      copy(button).catch(() => {});
    } else if (event.target.matches("[data-select]")) {
      event.target.select();
    }
  });
})();
