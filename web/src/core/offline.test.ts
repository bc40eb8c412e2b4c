import { beforeEach, describe, expect, test, vi } from "vitest";
import { newKey, send } from "./api/client";
import type { Store } from "./offline/db";
import { Drafts, draft_days_max } from "./offline/drafts";

function memory(): Store & { values: Map<string, unknown> } {
    const values = new Map<string, unknown>();
    return {
        values,
        get: (key) => Promise.resolve(values.get(key)),
        put: (key, value) => Promise.resolve(Boolean(values.set(key, structuredClone(value)))),
        remove: (key) => Promise.resolve(void values.delete(key)),
    };
}

describe("drafts", () => {
    let now = 1_000_000;
    let store = memory();
    let drafts = new Drafts(store, () => now);
    beforeEach(() => {
        store = memory();
        drafts = new Drafts(store, () => now);
    });

    test("come back as saved, with the key of an attempt to send", async () => {
        expect(await drafts.save("a", { name: "Lan" }, "k")).toBe(now);
        expect(await drafts.find("a")).toEqual({ values: { name: "Lan" }, key: "k", saved_at: now });
        expect(await drafts.find("b")).toBeUndefined();
    });
    test("die after their time", async () => {
        await drafts.save("a", { name: "Lan" });
        now += draft_days_max * 24 * 3600 * 1000;
        expect(await drafts.find("a")).toBeDefined();
        now += 1;
        expect(await drafts.find("a")).toBeUndefined();
        expect(store.values.size).toBe(0);
    });
    test("of a broken store do not hurt", async () => {
        store.values.set("draft:a", "rubbish");
        expect(await drafts.find("a")).toBeUndefined();
    });
});

describe("send", () => {
    const sending = { body: { a: 1 }, key: "k", csrf: "c" };
    const answer = (body: unknown, init: ResponseInit & { type?: string }) =>
        vi.fn(() => Promise.resolve(new Response(JSON.stringify(body), { ...init, headers: { "Content-Type": init.type ?? "application/json", ...init.headers } })));

    test("carries key and token, hands the location over", async () => {
        const fetch = answer({ code: "x" }, { status: 201, headers: { Location: "/ho-so/x" } });
        expect(await send("/u", { ...sending, fetch })).toEqual({ kind: "done", status: 201, location: "/ho-so/x", body: { code: "x" } });
        const headers = (fetch.mock.calls[0] as unknown as [string, RequestInit])[1].headers;
        expect(headers).toMatchObject({ "Idempotency-Key": "k", "X-CSRF-Token": "c", "Content-Type": "application/json" });
    });
    test("a form goes as it is", async () => {
        const fetch = answer({}, { status: 200 });
        await send("/u", { ...sending, body: new FormData(), fetch });
        expect((fetch.mock.calls[0] as unknown as [string, RequestInit])[1].headers).not.toHaveProperty("Content-Type");
    });
    test("a refusal is a value", async () => {
        const problem = { status: 422, reason: "forms.invalid", title: "", detail: "", errors: [] };
        expect(await send("/u", { ...sending, fetch: answer(problem, { status: 422, type: "application/problem+json" }) })).toEqual({ kind: "refused", problem });
    });
    test("a page in place of an answer is strange, a lost connection unreachable", async () => {
        expect(await send("/u", { ...sending, fetch: answer("", { status: 502, type: "text/html" }) })).toEqual({ kind: "strange", status: 502 });
        expect(await send("/u", { ...sending, fetch: () => Promise.reject(new TypeError("offline")) })).toEqual({ kind: "unreachable" });
    });
    test("gives up after its time", async () => {
        const never: typeof fetch = (_, init) => new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
        expect(await send("/u", { ...sending, timeout_ms: 5, fetch: never })).toEqual({ kind: "unreachable" });
    });
});

test("keys are version 4 UUIDs and differ", () => {
    expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newKey()).not.toBe(newKey());
});
