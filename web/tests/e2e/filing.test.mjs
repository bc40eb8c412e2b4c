// Filing in a real browser, the server played by the test: conditional fields, errors, draft on the device, a lost connection and the
// idempotency key, refusals. The dossier itself is tested on the built program in other scenarios.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { axe, openPage, overflowing, startBrowser, widths } from "./harness.mjs";
import { origin, serveShell } from "./shell.mjs";

const label = (vi, en) => ({ vi, en });
const definition = {
    id: "thu", version: 1, title: label("Đơn thử", "Trial form"),
    steps: [{
        id: "a", l: label("Người nộp", "Applicant"),
        fields: [
            { n: "full_name", t: "person_name", l: label("Họ và tên", "Full name"), req: 1 },
            { n: "cccd", t: "citizen_id", l: label("Số căn cước", "Citizen id"), req: 1 },
            { n: "born", t: "date", l: label("Ngày sinh", "Born"), req: 1, max: "today" },
            { n: "home", t: "address", l: label("Nơi ở", "Home"), req: 1, abroad: 1 },
            { n: "way", t: "radio", l: label("Cách nhận", "How"), o: [["post", label("Bưu chính", "Post")], ["counter", label("Tại quầy", "Counter")]], req: 1 },
            { n: "where", t: "area", l: label("Nơi nhận", "Where"), req: 1, if: ["way", "post"] },
            { n: "papers", t: "file", l: label("Giấy tờ", "Papers"), kinds: ["pdf"], max: 2 },
            { n: "children", t: "group", l: label("Các con", "Children"), row: label("người con", "child"), fields: [{ n: "name", t: "text", l: label("Tên con", "Name"), req: 1 }] },
            { n: "sure", t: "consent", l: label("Tôi cam đoan khai đúng", "It is true"), req: 1 },
        ],
    }],
};
const communes = Array.from({ length: 40 }, (_, i) => [String(30000 + i), i === 7 ? "Phường Rạch Giá" : `Xã Số ${i}`]);
const main = `<h1>Nộp hồ sơ: Đơn thử</h1>
<form id="form" method="post" action="/thu-tuc/thu/nop" enctype="multipart/form-data"><input type="hidden" name="csrf" value="token"><input type="hidden" name="_key" value="">
<div id="fields"></div><div class="actions"><button class="btn">Gửi hồ sơ</button></div></form>`;
const page_data = { definition, today: "2026-03-02", units: { commune: communes }, draft: "thu:1" };

describe("filing", () => {
    let browser;
    before(async () => (browser = await startBrowser()));
    after(() => browser?.close());

    async function open({ width, answers = [], ...data } = {}) {
        const page = await openPage(browser, { width });
        const seen = [];
        await serveShell(page, "file", {
            title: "Nộp hồ sơ", main, data: { ...page_data, ...data },
            api: (request) => {
                seen.push({ key: request.headers()["idempotency-key"], body: request.postData() ?? "" });
                return answers.shift() ?? { status: 201, body: { code: "x" }, headers: { Location: "/ho-so/x" } };
            },
        });
        await page.goto(`${origin}/thu-tuc/thu/nop`);
        await page.getByLabel("Họ và tên").waitFor();
        return { page, seen, send: () => page.getByRole("button", { name: "Gửi hồ sơ" }).click() };
    }
    async function fillIn(page) {
        await page.getByLabel("Họ và tên").fill("Lê Thị Mơ");
        await page.getByLabel("Số căn cước").fill("091190012345");
        await page.getByLabel("Ngày sinh").fill("27/3/1990");
        await page.getByLabel("Lọc danh sách theo tên").fill("rach gia");
        await page.getByLabel("Xã, phường, đặc khu").selectOption({ label: "Phường Rạch Giá" });
        await page.getByLabel("Số nhà, đường, ấp").fill("12 Nguyễn Trung Trực");
        await page.getByLabel("Tại quầy").check();
        await page.getByLabel("Tôi cam đoan").check();
    }
    const saved = (page) => page.getByText("Đã lưu trên máy này").waitFor();

    for (const [device, width] of Object.entries(widths)) {
        test(`${device}: empty, with errors and in English: axe finds nothing, nothing sticks out`, async () => {
            const { page, send, seen } = await open({ width });
            assert.deepEqual(await axe(page), []);
            await page.getByText("Thêm người con").click();
            await page.getByLabel("Bưu chính").check();
            await send();
            await page.getByRole("alert").waitFor();
            assert.equal(await page.evaluate(() => document.activeElement.className), "errors", "the summary has the focus");
            assert.equal(await page.locator(".errors li").count(), 7);
            assert.deepEqual(await axe(page), []);
            assert.deepEqual(await overflowing(page), []);
            await page.locator(".errors a").first().click();
            assert.equal(await page.evaluate(() => document.activeElement.id), "full_name");
            assert.equal(seen.length, 0, "nothing was sent");
            await page.goto(`${origin}/thu-tuc/thu/nop?lang=en`);
            await page.getByLabel("Full name").waitFor();
            assert.deepEqual(await axe(page), []);
            assert.deepEqual(page.problems, []);
            await page.context().close();
        });
    }

    test("a complete form is sent once and its draft is gone", async () => {
        const { page, seen, send } = await open();
        await fillIn(page);
        await page.getByLabel("Giấy tờ").setInputFiles({ name: "giay.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4") });
        await saved(page);
        await send();
        await page.waitForURL(`${origin}/ho-so/x`);
        assert.equal(seen.length, 1);
        const field = (name, value) => new RegExp(`name="${name}"\\r\\n\\r\\n${value}\\r\\n`);
        for (const [name, value] of [["full_name", "Lê Thị Mơ"], ["born", "27/3/1990"], ["home/unit", "30007"], ["way", "counter"], ["sure", "true"], ["csrf", "token"], ["_key", seen[0].key]])
            assert.match(seen[0].body, field(name, value));
        assert.doesNotMatch(seen[0].body, /name="where"/, "a hidden field is not sent");
        assert.match(seen[0].body, /name="papers"; filename="giay.pdf"/);
        await page.goto(`${origin}/thu-tuc/thu/nop`);
        await page.getByLabel("Họ và tên").waitFor();
        assert.equal(await page.getByLabel("Họ và tên").inputValue(), "");
        await page.context().close();
    });

    test("a draft survives closing the page, and can be discarded", async () => {
        const { page } = await open();
        await page.getByLabel("Họ và tên").fill("Lê Thị Mơ");
        await page.getByLabel("Ngày sinh").fill("27/3/1990");
        await saved(page);
        await page.reload();
        await page.getByText("Bạn đã điền dở đơn này").waitFor();
        assert.equal(await page.getByLabel("Họ và tên").inputValue(), "Lê Thị Mơ");
        assert.equal(await page.getByLabel("Ngày sinh").inputValue(), "27/03/1990");
        await page.getByText("Xóa khỏi máy này").click();
        await page.waitForFunction(() => document.getElementById("full_name").value === "");
        await page.reload();
        await page.getByLabel("Họ và tên").waitFor();
        assert.equal(await page.getByText("Bạn đã điền dở đơn này").count(), 0);
        await page.context().close();
    });

    test("a lost connection keeps everything; sending again, even after a reload, uses the same key", async () => {
        const { page, seen, send } = await open({ answers: ["abort", { status: 503, type: "text/html", body: "" }] });
        await fillIn(page);
        await send();
        await page.getByText("Chưa gửi được").waitFor();
        await send();
        await page.waitForFunction(() => document.querySelector(".saved")?.textContent.includes("Đã lưu"));
        await page.reload();
        await page.getByText("Bạn đã điền dở đơn này").waitFor();
        await send();
        await page.waitForURL(`${origin}/ho-so/x`);
        assert.equal(seen.length, 3);
        assert.equal(new Set(seen.map((one) => one.key)).size, 1);
        await page.context().close();
    });

    test("a refusal is shown at its field, and the corrected form is a new sending", async () => {
        const problem = { status: 422, reason: "dossier.form_invalid", title: "", detail: "", errors: [{ path: "cccd", reason: "x", detail: "Số này không có trong CSDL dân cư." }] };
        const { page, seen, send } = await open({ answers: [{ status: 422, type: "application/problem+json", body: problem }] });
        await fillIn(page);
        await send();
        await page.locator(".errors").getByText("Số này không có").waitFor();
        assert.equal(await page.getByLabel("Số căn cước").getAttribute("aria-invalid"), "true");
        await page.getByLabel("Số căn cước").fill("091190054321");
        assert.equal(await page.locator(".errors").count(), 0);
        await send();
        await page.waitForURL(`${origin}/ho-so/x`);
        assert.notEqual(seen[0].key, seen[1].key);
        await page.context().close();
    });

    test("a counter's shared device keeps no draft", async () => {
        const { page } = await open({ draft: undefined });
        await page.getByLabel("Họ và tên").fill("Lê Thị Mơ");
        await page.getByLabel("Ngày sinh").fill("27/3/1990");
        await page.waitForTimeout(800);
        await page.reload();
        await page.getByLabel("Họ và tên").waitFor();
        assert.equal(await page.getByLabel("Họ và tên").inputValue(), "");
        await page.context().close();
    });
});
