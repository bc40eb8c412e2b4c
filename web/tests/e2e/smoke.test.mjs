// The built program by itself: it starts, answers, serves the files of its front end, and stops cleanly.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startServer } from "./harness.mjs";

const skip = existsSync(process.env.MOTCUA ?? "") ? false : "the program motcua is not built";

describe("the program", { skip }, () => {
    let server;
    before(async () => (server = await startServer()));
    after(async () => assert.equal(await server?.stop(), 0, "the server stops cleanly"));

    test("is alive, ready and describes its API", async () => {
        for (const path of ["/healthz", "/readyz"]) assert.equal((await fetch(server.base + path)).status, 200);
        const api = await (await fetch(`${server.base}/api/v1/openapi.json`)).json();
        assert.match(api.openapi, /^3\.1/);
    });

    test("serves hashed assets compressed and immutable", async () => {
        const { pages } = JSON.parse(readFileSync(new URL("../../dist/manifest.json", import.meta.url), "utf8"));
        for (const { script } of Object.values(pages)) {
            const answer = await fetch(server.base + script, { headers: { "Accept-Encoding": "br" } });
            assert.equal(answer.status, 200, script);
            assert.equal(answer.headers.get("content-encoding"), "br");
            assert.match(answer.headers.get("content-type"), /^text\/javascript/);
            assert.match(answer.headers.get("cache-control"), /immutable/);
        }
    });
});
