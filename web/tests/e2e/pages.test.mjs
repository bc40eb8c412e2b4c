// Every public page of the built program, in each language, at phone and desktop width, with scripts and without: complete, accessible,
// nothing sticks out. One line a page in `paths`.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { axe, openPage, overflowing, startBrowser, startServer, widths } from "./harness.mjs";

const skip = existsSync(process.env.MOTCUA ?? "") ? false : "the program motcua is not built";
const paths = ["/", "/thu-tuc?q=khai+sinh", "/tra-cuu", "/dang-nhap", "/khong-co-trang-nay"];

describe("pages", { skip }, () => {
    let server, browser, portal;
    before(async () => {
        server = await startServer();
        browser = await startBrowser();
        portal = (await fetch(server.base)).ok;
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    for (const path of paths) {
        for (const lang of ["vi", "en"]) {
            for (const [device, width] of Object.entries(widths)) {
                for (const javascript of [true, false]) {
                    test(`${path} ${lang} ${device}${javascript ? "" : " without scripts"}`, async (t) => {
                        if (!portal) return t.skip("this build serves no portal");
                        const page = await openPage(browser, { width, javascript });
                        await page.goto(`${server.base}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
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
});
