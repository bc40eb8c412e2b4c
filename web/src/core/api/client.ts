// Talking to the server: one request with a time limit, answers as values, problem documents (RFC 9457) understood.
// Owns the CSRF token and the idempotency key of a writing request. Leaves retrying to the caller, who knows whether it is wanted.

export interface Wrong {
    path: string;
    reason: string;
    detail: string;
}

/** What the server said when it refused; `detail` is a sentence in the reader's language. */
export interface Problem {
    status: number;
    reason: string;
    title: string;
    detail: string;
    errors?: Wrong[];
    incident_id?: string;
}

export type Answer =
    | { kind: "done"; status: number; location: string | null; body: unknown }
    | { kind: "refused"; problem: Problem }
    /** An answer that is not in our language: a page of a proxy, say. */
    | { kind: "strange"; status: number }
    /** No answer within the time: it may or may not have been carried out. */
    | { kind: "unreachable" };

export interface Sending {
    body: FormData | Record<string, unknown>;
    /** UUID that makes a repeated sending the same sending. */
    key: string;
    csrf: string;
    timeout_ms?: number;
    fetch?: typeof fetch;
}

const timeout_ms_default = 20_000;

/** POSTs and waits for the answer. Never throws. The server answers 200 or 201 with Location, where a form without scripts would be redirected. */
export async function send(url: string, sending: Sending): Promise<Answer> {
    const { body, key, csrf, timeout_ms = timeout_ms_default, fetch: go = fetch } = sending;
    const form = body instanceof FormData;
    const headers: Record<string, string> = { Accept: "application/json", "Idempotency-Key": key, "X-CSRF-Token": csrf };
    if (!form) headers["Content-Type"] = "application/json";
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout_ms);
    try {
        const answer = await go(url, {
            method: "POST",
            headers,
            body: form ? body : JSON.stringify(body),
            credentials: "same-origin",
            signal: abort.signal,
        });
        const type = answer.headers.get("Content-Type") ?? "";
        if (!/^application\/(problem\+)?json/.test(type)) return { kind: "strange", status: answer.status };
        const read: unknown = await answer.json();
        if (answer.ok) return { kind: "done", status: answer.status, location: answer.headers.get("Location"), body: read };
        return { kind: "refused", problem: read as Problem };
    } catch {
        return { kind: "unreachable" };
    } finally {
        clearTimeout(timer);
    }
}

/** Random UUID (version 4), also where crypto.randomUUID is missing (old phones, plain http). */
export function newKey(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
