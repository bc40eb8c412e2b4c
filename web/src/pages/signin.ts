// Passkeys: signing in with one, adding one to the own account, and proving with one again who one is. The forms are hidden until the browser is known to have what it takes.
import "./common";

type Reply = Record<string, unknown>;

const to_text = (bytes: ArrayBuffer) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const to_bytes = (text: string) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

/** The answer; rejects with its status when it is a refusal. */
async function ask(path: string, body: object = {}): Promise<Reply> {
    const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
    const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", ...(token && { "X-CSRF-Token": token }) },
        body: JSON.stringify(body),
    });
    if (!answer.ok) throw Object.assign(new Error(path), { status: answer.status });
    return answer.status === 204 ? {} : (answer.json() as Promise<Reply>);
}

const credentials = (known: unknown) => ((known as string[] | undefined) ?? []).map((id) => ({ type: "public-key" as const, id: to_bytes(id) }));

/** The device recognises its owner and signs the challenge. */
async function look(path: string) {
    const request = await ask(path);
    const found = (await navigator.credentials.get({
        publicKey: { challenge: to_bytes(String(request.challenge)), rpId: String(request.rp_id), allowCredentials: credentials(request.known), userVerification: "required" },
    })) as PublicKeyCredential;
    return found;
}

function assertion(found: PublicKeyCredential) {
    const said = found.response as AuthenticatorAssertionResponse;
    return {
        credential: to_text(found.rawId),
        client_data: to_text(said.clientDataJSON),
        authenticator_data: to_text(said.authenticatorData),
        signature: to_text(said.signature),
    };
}

async function signIn(form: HTMLFormElement) {
    await ask("/api/v1/session/passkey", assertion(await look("/api/v1/session/passkey/challenge")));
    location.assign(form.dataset.next || "/officer");
}

async function confirm(form: HTMLFormElement) {
    await ask("/api/v1/session/confirm/passkey", assertion(await look("/api/v1/session/confirm/passkey/challenge")));
    form.querySelector("[data-said]")!.textContent = form.dataset.done ?? "";
}

async function add(form: HTMLFormElement) {
    const request = await ask("/api/v1/me/passkeys/challenge");
    const made = (await navigator.credentials.create({
        publicKey: {
            challenge: to_bytes(String(request.challenge)),
            rp: { id: String(request.rp_id), name: document.title },
            user: { id: to_bytes(String(request.user_id)), name: String(request.user_name), displayName: String(request.display_name) },
            pubKeyCredParams: (request.algorithms as number[]).map((alg) => ({ type: "public-key" as const, alg })),
            excludeCredentials: credentials(request.known),
            authenticatorSelection: { residentKey: "required", userVerification: "required" },
            attestation: "none",
        },
    })) as PublicKeyCredential;
    const said = made.response as AuthenticatorAttestationResponse;
    const added = await ask("/api/v1/me/passkeys", {
        name: new FormData(form).get("name"),
        client_data: to_text(said.clientDataJSON),
        attestation: to_text(said.attestationObject),
    });
    const shown = form.parentElement!.querySelector<HTMLElement>("[data-codes]");
    if (!added.recovery_codes || !shown) return location.reload();
    // It has become the second factor: its recovery codes are shown this once.
    shown.querySelector("ul")!.replaceChildren(
        ...(added.recovery_codes as string[]).map((code) => {
            const line = document.createElement("li");
            line.append(Object.assign(document.createElement("code"), { textContent: code }));
            return line;
        }),
    );
    form.hidden = true;
    shown.hidden = false;
    shown.focus();
}

if (window.PublicKeyCredential)
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
        form.hidden = false;
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            const said = form.querySelector<HTMLElement>("[data-said]")!;
            said.textContent = "";
            try {
                await { add, confirm, "sign-in": signIn }[form.dataset.passkey!]!(form);
            } catch (failure) {
                const confirm = (failure as { status?: number }).status === 403 && form.dataset.confirm;
                said.textContent = confirm || form.dataset.failed || "";
            }
        });
    }
