// Passkeys in a real browser with Chromium's virtual authenticator: added, used instead of password, revoked. What the server refuses is
// tested with an authenticator in software (src/identity/passkeys_test.cpp).
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { axe, openPage, overflowing, startBrowser, startServer } from "./harness.mjs";

const skip = existsSync(process.env.MOTCUA ?? "") ? false : "the program motcua is not built";
const demo = JSON.parse(readFileSync(new URL("../../../data/demo/accounts.json", import.meta.url), "utf8"));
const officer = demo.accounts.find((account) => account.posts?.length);

describe("passkeys", { skip }, () => {
    let server, browser, base;
    before(async () => {
        // Browsers take no IP address for the name of a site that has passkeys.
        const prepare = (_, address) => ((base = address.replace("127.0.0.1", "localhost")), { MOTCUA_HTTP_PUBLIC_URL: base });
        server = await startServer({ verb: "demo", prepare });
        browser = await startBrowser();
    });
    after(async () => {
        await browser?.close();
        assert.equal(await server?.stop(), 0, "the server stops cleanly");
    });

    async function withAuthenticator(page, options = {}) {
        const devtools = await page.context().newCDPSession(page);
        await devtools.send("WebAuthn.enable");
        const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
            options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options },
        });
        return { devtools, authenticatorId };
    }

    test("added, used in the place of password and code, revoked", async () => {
        const page = await openPage(browser, { width: 360 });
        const { devtools, authenticatorId } = await withAuthenticator(page);
        await page.goto(`${base}/dang-nhap`);
        await page.locator("#user_name").fill(officer.user_name);
        await page.locator("#password").fill(demo.password);
        await page.getByRole("button", { name: "Đăng nhập", exact: true }).click();
        await page.goto(`${base}/tai-khoan`);
        await page.getByLabel("Tên để nhận ra thiết bị").fill("Điện thoại thử");
        await page.getByRole("button", { name: "Thêm khóa truy cập" }).click();
        await page.getByText("Điện thoại thử").waitFor();
        assert.deepEqual(await overflowing(page), []);
        assert.deepEqual(await axe(page), []);
        const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
        assert.equal(credentials.length, 1);
        assert.equal(credentials[0].rpId, "localhost");

        await page.context().clearCookies();
        await page.goto(`${base}/dang-nhap?tiep=/tai-khoan`);
        await page.getByRole("button", { name: "Đăng nhập bằng khóa truy cập" }).click();
        await page.waitForURL(`${base}/tai-khoan`);
        await page.getByText("Điện thoại thử").waitFor();

        await page.getByRole("button", { name: "Thu hồi" }).click();
        await page.getByText("Điện thoại thử").waitFor({ state: "detached" });
        await page.context().clearCookies();
        await page.goto(`${base}/dang-nhap`);
        await page.getByRole("button", { name: "Đăng nhập bằng khóa truy cập" }).click();
        await page.getByText("Chưa dùng được khóa truy cập").waitFor();
        assert.ok(!(await page.context().cookies()).some((cookie) => cookie.name === "motcua_session"));
        await page.context().close();
    });

    test("a device that does not recognise its owner is of no use", async () => {
        const page = await openPage(browser);
        await withAuthenticator(page, { isUserVerified: false });
        await page.goto(`${base}/dang-nhap`);
        await page.getByRole("button", { name: "Đăng nhập bằng khóa truy cập" }).click();
        await page.getByText("Chưa dùng được khóa truy cập").waitFor();
        await page.context().close();
    });
});
