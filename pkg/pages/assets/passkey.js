// Passkeys. Pages work without this script, with whatever else a person has.
const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const decodeIDs = (list = []) => list.map((one) => ({ ...one, id: decode(one.id) }));

// options makes of the JSON form (WebAuthn section 5.1) what the browser wants.
const options = (form) => {
  const o = JSON.parse(form.dataset.options);
  o.challenge = decode(o.challenge);
  if (o.user) o.user.id = decode(o.user.id);
  if (o.excludeCredentials) o.excludeCredentials = decodeIDs(o.excludeCredentials);
  if (o.allowCredentials) o.allowCredentials = decodeIDs(o.allowCredentials);
  return o;
};

// answer is the JSON form of a credential.
const answer = (c) => {
  const r = c.response;
  const response = { clientDataJSON: encode(r.clientDataJSON) };
  if (r.attestationObject) {
    response.attestationObject = encode(r.attestationObject);
    response.transports = r.getTransports ? r.getTransports() : [];
  } else {
    response.authenticatorData = encode(r.authenticatorData);
    response.signature = encode(r.signature);
    if (r.userHandle) response.userHandle = encode(r.userHandle);
  }
  return JSON.stringify({
    id: c.id, rawId: encode(c.rawId), type: c.type, response, clientExtensionResults: {},
    authenticatorAttachment: c.authenticatorAttachment || undefined,
  });
};

const send = (form, credential) => {
  const add = (name, value) => {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  };
  add("ceremony", form.dataset.ceremony);
  add("answer", answer(credential));
  const shared = document.querySelector("#shared");
  if (shared && shared.checked) add("shared", "1");
  form.submit();
};

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[role=status]");
    const create = form.dataset.passkey === "create";
    let waiting; // the request that shows passkeys in the field for the User ID
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (waiting) waiting.abort();
      said.textContent = "";
      try {
        const publicKey = options(form);
        send(form, create ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey }));
      } catch {
        said.textContent = form.dataset.failed;
      }
    });
    if (form.dataset.passkey === "autofill" && PublicKeyCredential.isConditionalMediationAvailable
      && await PublicKeyCredential.isConditionalMediationAvailable()) {
      waiting = new AbortController();
      navigator.credentials.get({ publicKey: options(form), mediation: "conditional", signal: waiting.signal })
        .then((credential) => send(form, credential), () => {});
    }
  }
}
