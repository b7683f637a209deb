// Passkeys. A form with data-passkey ("get" or "create") and data-options (an address) gets its
// hidden field "credential" from the browser's authenticator, then is sent.
"use strict";

(() => {
  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  const named = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
      },
    };
  };

  const get = async (options) => {
    const found = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    });
    const said = found.response;
    return {
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      response: {
        clientDataJSON: text(said.clientDataJSON),
        authenticatorData: text(said.authenticatorData),
        signature: text(said.signature),
        userHandle: said.userHandle ? text(said.userHandle) : null,
      },
    };
  };

  const run = async (form) => {
    const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(String(answer.status));
    const options = await answer.json();
    return form.dataset.passkey === "create" ? create(options) : get(options);
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[data-passkey-go]");
    const problem = form.querySelector("[data-passkey-problem]");
    if (!window.PublicKeyCredential || !button) continue;
    for (const part of form.querySelectorAll("[data-passkey-part]")) part.hidden = false;
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      for (const field of form.querySelectorAll("[data-passkey-needs]")) {
        if (!field.reportValidity()) return;
      }
      if (problem) problem.hidden = true;
      button.disabled = true;
      try {
        form.elements.credential.value = JSON.stringify(await run(form));
        form.submit();
      } catch {
        if (problem) problem.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
  }
})();
