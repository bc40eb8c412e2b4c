// The components of ui.css: every example of src/ui/README.md inside a built shell, in each theme and width, with axe and without
// sideways scrolling; and the display switches of the header. Needs no server: the pages come from a route of the browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { axe, openPage, overflowing, startBrowser, unseenFocus, widths } from "./harness.mjs";
import { origin, serveShell, web } from "./shell.mjs";

const readme = readFileSync(`${web}src/ui/README.md`, "utf8");
const examples = [...readme.matchAll(/^## (.+?)$.*?```html\n(.*?)```/gms)].map(([, title, html]) => ({ title, html }));

async function serve(page, slots) {
    await serveShell(page, "search", slots);
    await page.goto(`${origin}/?q=khai+sinh`);
}

describe("components", () => {
    let browser;
    before(async () => (browser = await startBrowser()));
    after(() => browser?.close());
    const main = `<h1>Thành phần giao diện</h1>${examples.map((e) => `<section><h2>${e.title}</h2>${e.html}</section>`).join("")}`;
    const slots = { title: "Thành phần giao diện", main };

    test("the style page has its examples", () => assert.ok(examples.length >= 20, `${examples.length} examples`));

    for (const theme of ["", "contrast", "larger"]) {
        for (const [device, width] of Object.entries(widths)) {
            test(`${theme || "plain"}, ${device}: axe finds nothing, nothing sticks out`, async () => {
                const page = await openPage(browser, { width });
                await page.context().addCookies(
                    theme ? [{ name: theme === "contrast" ? "contrast" : "text", value: theme === "contrast" ? "more" : "larger", url: origin }] : [],
                );
                await serve(page, { ...slots, class: theme });
                assert.deepEqual(await axe(page), []);
                assert.deepEqual(await overflowing(page), []);
                assert.deepEqual(page.problems, []);
                await page.context().close();
            });
        }
    }

    test("every stop of the Tab key is seen", async () => {
        const page = await openPage(browser);
        await serve(page, slots);
        assert.deepEqual(await unseenFocus(page), []);
        await page.context().close();
    });

    test("text size and contrast are remembered, language links keep the query", async () => {
        const page = await openPage(browser);
        await serve(page, slots);
        await page.getByText("Chữ to hơn").click();
        await page.getByText("Tương phản cao").click();
        assert.equal(await page.evaluate(() => document.documentElement.className), "large contrast");
        await page.reload();
        assert.equal(await page.evaluate(() => document.documentElement.className), "large contrast");
        await page.getByText("English").click();
        assert.equal(new URL(page.url()).search, "?q=khai+sinh&lang=en");
        assert.equal(await page.getByText("Skip to main content").count(), 1);
        await page.context().close();
    });
});
