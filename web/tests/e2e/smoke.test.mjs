// The built program serves its own front end: pages with and without scripts, hashed assets compressed and immutable.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { axe, openPage, overflowing, startBrowser, startServer, widths } from "./harness.mjs";

const skip = existsSync(process.env.MOTCUA ?? "") ? false : "the program motcua is not built";

describe("pages of the server", { skip }, () => {
    let server, browser;
    before(async () => {
        server = await startServer();
        browser = await startBrowser();
    });
    after(async () => {
        await browser?.close();
        assert.equal(await server?.stop(), 0, "the server stops cleanly");
    });

    for (const path of ["/", "/tra-cuu", "/khong-co-trang-nay"]) {
        for (const lang of ["vi", "en"]) {
            for (const [device, width] of Object.entries(widths)) {
                for (const javascript of [true, false]) {
                    test(`${path} ${lang} ${device}${javascript ? "" : " without scripts"}`, async () => {
                        const page = await openPage(browser, { width, javascript });
                        await page.goto(`${server.base}${path}?lang=${lang}`);
                        assert.equal(await page.getAttribute("html", "lang"), lang);
                        assert.equal(await page.locator("main h1").count(), 1);
                        assert.notEqual(await page.title(), "");
                        assert.doesNotMatch(await page.content(), /<!--#\w+-->/, "a slot was left open");
                        if (javascript) {
                            assert.deepEqual(await axe(page), []);
                            assert.deepEqual(await overflowing(page), []);
                            assert.deepEqual(page.problems.filter((p) => !/404/.test(p)), []);
                        }
                        await page.context().close();
                    });
                }
            }
        }
    }

    test("assets are immutable and come compressed", async () => {
        const html = await (await fetch(server.base)).text();
        const script = /<script type="module" src="([^"]+)"/.exec(html)[1];
        const answer = await fetch(server.base + script, { headers: { "Accept-Encoding": "br" } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("content-encoding"), "br");
        assert.match(answer.headers.get("cache-control"), /immutable/);
    });
});
