// Conveniences only: every form works without this script.
"use strict";
for (const form of document.querySelectorAll("form[data-comfort]")) {
  // The button is dead while the answer is on its way, so that an impatient
  // second press does not count as a second attempt.
  const submit = form.querySelector("button[type=submit]");
  form.addEventListener("submit", () => { setTimeout(() => { submit.disabled = true; }); });
  addEventListener("pageshow", () => { submit.disabled = false; });

  // Autocompletion goes off with "shared computer" and comes back with it.
  const shared = form.querySelector("#shared");
  if (shared) {
    const fields = [...form.querySelectorAll("input[autocomplete]")];
    const kinds = Object.fromEntries(fields.map((f) => [f.id, f.autocomplete === "off" ? { userid: "username webauthn", password: "current-password" }[f.id] : f.autocomplete]));
    shared.addEventListener("change", () => {
      for (const f of fields) f.autocomplete = shared.checked ? "off" : kinds[f.id];
      form.autocomplete = shared.checked ? "off" : "on";
    });
  }

  for (const box of form.querySelectorAll(".reveal")) {
    const input = box.querySelector("input");
    const label = form.querySelector(`label[for="${input.id}"]`).textContent;
    const show = document.createElement("button");
    show.type = "button";
    show.className = "show";
    show.setAttribute("aria-controls", input.id);
    const set = (visible) => {
      input.type = visible ? "text" : "password";
      input.spellcheck = false;
      input.autocapitalize = "none";
      show.textContent = visible ? box.dataset.hide : box.dataset.show;
      show.setAttribute("aria-label", `${show.textContent}: ${label}`);
    };
    set(false);
    show.addEventListener("click", () => { set(input.type === "password"); input.focus(); });
    // A password that is shown is not sent, or remembered by the browser, as
    // plain text.
    form.addEventListener("submit", () => set(false));
    box.append(show);

    const said = document.createElement("p");
    said.className = "hint";
    said.setAttribute("role", "status");
    box.after(said);
    let caps = "", length = "";
    const say = () => { said.textContent = [caps, length].filter(Boolean).join(" "); };
    if (box.dataset.caps) {
      const look = (e) => {
        if (!e.getModifierState) return;
        caps = e.getModifierState("CapsLock") ? box.dataset.caps : "";
        say();
      };
      input.addEventListener("keydown", look);
      input.addEventListener("keyup", look);
    }
    if (box.dataset.minimum) {
      input.addEventListener("input", () => {
        const missing = box.dataset.minimum - [...input.value.normalize("NFC")].length;
        length = !input.value ? "" : missing > 0
          ? box.dataset.remaining.replace("{n}", missing) : box.dataset.enough;
        say();
      });
    }
  }
}

// Frames of applications have been loaded, or have failed: go on.
const next = document.querySelector("a[data-next]");
if (next) addEventListener("load", () => { location.replace(next.href); });
