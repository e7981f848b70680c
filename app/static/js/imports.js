// Imports: drop files onto the form, and say that an upload is on its way. Works without.
(function () {
  const form = document.querySelector("[data-upload]");
  if (!form) {
    return;
  }
  const zone = form.querySelector("[data-drop-zone]");
  const input = form.querySelector("input[name=files]");
  const folder = form.querySelector("input[name=folder]");
  form.querySelector("[data-drop-hint]").hidden = false;

  function listEntries(reader) {
    // A folder hands over its entries in portions, an empty one last.
    return new Promise((resolve, reject) => reader.readEntries(resolve, reject)).then((entries) =>
      entries.length ? listEntries(reader).then((rest) => entries.concat(rest)) : []
    );
  }

  function listFiles(entry) {
    if (entry.isFile) {
      return new Promise((resolve, reject) => entry.file((file) => resolve([file]), reject));
    }
    return listEntries(entry.createReader())
      .then((entries) => Promise.all(entries.map(listFiles)))
      .then((found) => found.flat());
  }

  zone.addEventListener("dragover", function (event) {
    event.preventDefault();
    zone.classList.add("over");
  });

  ["dragleave", "drop"].forEach((name) =>
    zone.addEventListener(name, () => zone.classList.remove("over"))
  );

  zone.addEventListener("drop", function (event) {
    event.preventDefault();
    const entries = Array.from(event.dataTransfer.items, (item) => item.webkitGetAsEntry()).filter(Boolean);
    Promise.all(entries.map(listFiles)).then(function (found) {
      const chosen = new DataTransfer();
      found
        .flat()
        .filter((file) => /\.(csv|txt|zip)$/i.test(file.name))
        .forEach((file) => chosen.items.add(file));
      input.files = chosen.files;
      folder.value = "";
    });
  });

  form.addEventListener("submit", function () {
    const button = form.querySelector("button.btn-primary");
    button.disabled = true;
    button.textContent = "Uploading";
    form.setAttribute("aria-busy", "true");
  });

  // Back from the next page, the form can be sent again.
  window.addEventListener("pageshow", function () {
    const button = form.querySelector("button.btn-primary");
    button.disabled = false;
    button.textContent = "Upload and read";
    form.removeAttribute("aria-busy");
  });
})();
