// Passkeys in a real browser with Chromium's virtual authenticator: added, used instead of password, revoked. What the server refuses is
// tested with an authenticator in software (src/identity/passkeys_test.cpp).
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { axe, openPage, overflowing, run, startBrowser, startServer } from "./harness.mjs";

const skip = existsSync(process.env.MOTCUA ?? "") ? false : "the program motcua is not built";
const demo = JSON.parse(readFileSync(new URL("../../../data/demo/accounts.json", import.meta.url), "utf8"));
const officer = demo.accounts.find((account) => account.posts?.length);

async function withAuthenticator(page, options = {}) {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
        options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options },
    });
    return { devtools, authenticatorId };
}

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

describe("passkeys as the second factor that a role demands", { skip }, () => {
    let server, browser, base, password;
    before(async () => {
        const prepare = async (data, address) => {
            base = address.replace("127.0.0.1", "localhost");
            const said = await run("account", "add", "--data", data, "--user", "quantri", "--name", "Người quản trị", "--role", "administrator", "--unit", "*");
            password = /^password (.*)$/m.exec(said)[1];
            return { MOTCUA_HTTP_PUBLIC_URL: base };
        };
        server = await startServer({ prepare });
        browser = await startBrowser();
    });
    after(async () => {
        await browser?.close();
        assert.equal(await server?.stop(), 0, "the server stops cleanly");
    });

    for (const width of [360, 1280]) {
        test(`${width} px: adding one is the enrolment, then it alone signs in and confirms`, async () => {
            const page = await openPage(browser, { width });
            await withAuthenticator(page);
            const sign_in = async () => {
                await page.goto(`${base}/dang-nhap`);
                await page.locator("#user_name").fill("quantri");
                await page.locator("#password").fill(password);
                await page.getByRole("button", { name: "Đăng nhập", exact: true }).click();
            };
            await sign_in();
            await page.waitForURL(`${base}/tai-khoan`);
            await page.getByText("chỉ có hiệu lực sau khi bật xác thực hai lớp").waitFor();
            await page.goto(`${base}/officer/nhat-ky`);
            assert.equal(await page.locator("table").count(), 0, "the role gives nothing yet");
            await page.goto(`${base}/tai-khoan`);
            await page.getByLabel("Tên để nhận ra thiết bị").fill("Máy bàn");
            await page.getByRole("button", { name: "Thêm khóa truy cập" }).click();
            await page.locator("[data-codes] li").first().waitFor();
            assert.equal(await page.locator("[data-codes] li").count(), 10);
            const code = await page.locator("[data-codes] code").first().textContent();
            assert.deepEqual(await axe(page), []);
            assert.deepEqual(await overflowing(page), []);
            await page.getByRole("link", { name: "Tôi đã lưu" }).click();
            await page.getByText("Lớp thứ hai là khóa truy cập").waitFor();
            assert.deepEqual(await axe(page), []);
            assert.deepEqual(await overflowing(page), []);
            assert.equal((await page.goto(`${base}/officer/nhat-ky`)).status(), 200);

            await page.context().clearCookies();
            await page.goto(`${base}/dang-nhap?tiep=/officer/nhat-ky`);
            await page.getByRole("button", { name: "Đăng nhập bằng khóa truy cập" }).click();
            await page.waitForURL(`${base}/officer/nhat-ky`);
            await page.goto(`${base}/tai-khoan`);
            await page.getByRole("button", { name: "Xác nhận bằng khóa truy cập" }).click();
            await page.getByText("Đã xác nhận").waitFor();

            // The password wants more: the passkey is offered there, too, and a recovery code does.
            await page.context().clearCookies();
            await sign_in();
            await page.getByRole("button", { name: "Đăng nhập bằng khóa truy cập" }).waitFor();
            assert.deepEqual(await axe(page), []);
            await page.getByLabel("Mã xác thực hoặc mã dự phòng").fill(code);
            await page.getByRole("button", { name: "Đăng nhập", exact: true }).click();
            await page.waitForURL(`${base}/officer`);

            // Given back for the next width; a role without its second factor gives nothing again.
            await page.goto(`${base}/tai-khoan`);
            await page.getByRole("button", { name: "Thu hồi" }).click();
            await page.getByText("chỉ có hiệu lực sau khi bật xác thực hai lớp").waitFor();
            assert.deepEqual(page.problems.filter((p) => !/403/.test(p)), []);
            await page.context().close();
        });
    }
});
