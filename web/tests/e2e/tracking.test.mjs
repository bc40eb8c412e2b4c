// Following a dossier in a real browser, with scripts and without: the digits that show more are in no address, and none of them in the
// server's log. What is shown to whom is tested in src/portal/journey_test.cpp.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { axe, openPage, overflowing, startBrowser, startServer } from "./harness.mjs";

const skip = existsSync(process.env.MOTCUA ?? "") ? false : "the program motcua is not built";
const demo = JSON.parse(readFileSync(new URL("../../../data/demo/accounts.json", import.meta.url), "utf8"));
const person = { kind: "person", name: "Trần Thị Lan", id_number: "091187549925", phone: "0987654321" };

describe("tracking", { skip }, () => {
    let server, browser, code;
    before(async () => {
        server = await startServer({ verb: "demo" });
        browser = await startBrowser();
        const ask = async (path, body, token) => {
            const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
            const answer = await fetch(server.base + path, { method: "POST", headers, body: JSON.stringify(body) });
            assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
            return answer.json();
        };
        const session = await ask("/api/v1/session", { user_name: "dongyen.tiepnhan", password: demo.password, bearer: true });
        const filing = { procedure: "2.000908", channel: "counter", receive_at: session.units[0].code, applicant: person };
        ({ code } = await ask("/api/v1/dossiers", filing, session.token));
    });
    after(async () => {
        await browser?.close();
        assert.equal(await server?.stop(), 0, "the server stops cleanly");
    });

    for (const width of [360, 1280]) {
        for (const javascript of [true, false]) {
            test(`${width} px${javascript ? "" : " without scripts"}: by the code, then with the digits`, async () => {
                const page = await openPage(browser, { width, javascript });
                const addresses = [];
                page.on("request", (request) => addresses.push(request.url()));
                await page.goto(`${server.base}/tra-cuu?ma=${code}`);
                await page.getByText("Đã tiếp nhận").first().waitFor();
                assert.equal(await page.getByText("Trần T. L.").count(), 0);
                await page.getByLabel("4 số cuối").fill("4321");
                await page.getByRole("button", { name: "Tra cứu", exact: true }).click();
                await page.getByText("Trần T. L.").waitFor();
                assert.equal(new URL(page.url()).search, "");
                const download = page.waitForEvent("download");
                await page.getByRole("button", { name: "Tải biên nhận" }).click();
                assert.match((await download).suggestedFilename(), /^bien-nhan-.*\.json$/);
                if (javascript) {
                    assert.deepEqual(await axe(page), []);
                    assert.deepEqual(await overflowing(page), []);
                    assert.deepEqual(page.problems, []);
                }
                await page.getByLabel("4 số cuối").fill("1234");
                await page.getByRole("button", { name: "Tra cứu", exact: true }).click();
                await page.getByRole("alert").waitFor();
                assert.equal(await page.getByText("Trần T. L.").count(), 0);
                assert.ok(addresses.length > 3 && !addresses.some((url) => /4321|1234/.test(new URL(url).pathname + new URL(url).search)));
                await page.context().close();
            });
        }
    }

    test("the log has no digits, not even of an address that carries some", async () => {
        await fetch(`${server.base}/tra-cuu?ma=${code}&so=4321`);
        await fetch(`${server.base}/api/v1/track?code=${code}&digits=4321`);
        assert.match(server.log(), /"route":"\/tra-cuu"/);
        assert.doesNotMatch(server.log(), /[?&](so|digits)=|=4321/);
    });
});
