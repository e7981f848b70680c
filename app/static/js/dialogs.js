// Opens and closes the dialogs of a page; the browser keeps the focus inside and gives it back.
(function () {
  function open(id) {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) {
      dialog.showModal();
    }
    return dialog;
  }

  document.addEventListener("click", function (event) {
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) {
      open(opener.dataset.openDialog);
      return;
    }
    const dialog = event.target.closest("dialog");
    // A click on the backdrop is a click on the dialog itself, outside its box.
    if (dialog && (event.target.closest("[data-close-dialog]") || isOutside(dialog, event))) {
      dialog.close();
    }
  });

  function isOutside(dialog, event) {
    if (event.target !== dialog) {
      return false;
    }
    const box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  window.redeployDialogs = { open: open };
})();
