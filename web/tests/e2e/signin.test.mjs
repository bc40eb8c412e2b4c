// Signing in at a real identity provider (oidc-provider, certified OpenID Connect), in a real browser: there and back, declined, signed
// out on both sides, and a citizen who lets another act. Hostile providers are tested in src/oidc and src/portal.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Provider from "oidc-provider";
import { axe, openPage, overflowing, startBrowser, startServer } from "./harness.mjs";

const skip = existsSync(process.env.MOTCUA ?? "") ? false : "the program motcua is not built";
const phone = 360;

/** People by the name they type at the provider. */
const people = {
    man: { SoDinhDanh: "091300000007", HoVaTen: "Lê Thị Mận" },
    nam: { SoDinhDanh: "091300000008", HoVaTen: "Trần Văn Nam" },
};

function startProvider(base) {
    return new Promise((resolve) => {
        const server = createServer();
        server.listen(0, "127.0.0.1", () => {
            const issuer = `http://127.0.0.1:${server.address().port}`;
            const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
            const provider = new Provider(issuer, {
                clients: [{
                    client_id: "motcua", client_secret: "a-secret-of-the-test", redirect_uris: [`${base}/dang-nhap/thu/tro-lai`],
                    post_logout_redirect_uris: [`${base}/`], response_types: ["code"], grant_types: ["authorization_code"],
                }],
                jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" }] },
                cookies: { keys: ["a key of the test"] },
                claims: { openid: ["sub", "SoDinhDanh", "HoVaTen"] },
                conformIdTokenClaims: false,
                pkce: { required: () => true },
                findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
            });
            server.on("request", provider.callback());
            resolve({ issuer, stop: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) });
        });
    });
}

describe("signing in at an identity provider", { skip }, () => {
    let server, provider, browser;
    before(async () => {
        server = await startServer({
            verb: "demo",
            prepare: async (data, base) => {
                provider = await startProvider(base);
                writeFileSync(join(data, "thu.secret"), "a-secret-of-the-test\n");
                writeFileSync(join(data, "providers.json"), JSON.stringify({
                    providers: [{
                        id: "thu", profile: "vnconnect", name: { vi: "Cổng thử", en: "Test portal" }, issuer: provider.issuer, client_id: "motcua",
                        client_secret_file: "thu.secret", level_default: 2,
                    }],
                }));
                return { MOTCUA_IDENTITY_PROVIDERS_FILE: join(data, "providers.json"), MOTCUA_HTTP_PUBLIC_URL: base };
            },
        });
        browser = await startBrowser();
    });
    after(async () => {
        await browser?.close();
        const code = await server?.stop();
        await provider?.stop();
        assert.equal(code, 0, "the server stops cleanly");
    });

    async function signIn(page, who, path = "/dang-nhap?tiep=/thu-tuc") {
        await page.goto(server.base + path);
        await page.getByRole("link", { name: "Đăng nhập bằng Cổng thử" }).click();
        await answer(page, who);
    }

    /** What the provider asks: who one is, then consent. `before` runs before the last answer. */
    async function answer(page, who, before = async () => {}) {
        await page.locator("input[name=login]").fill(who);
        await page.locator("input[name=password]").fill("anything");
        await before();
        await page.locator("button[type=submit]").click();
        await page.waitForLoadState();
        if (new URL(page.url()).origin !== server.base) await page.locator("button[type=submit]").click(); // consent
        await page.waitForURL((url) => url.origin === server.base);
    }

    test("there and back, without scripts of ours", async () => {
        const page = await openPage(browser, { width: phone });
        await page.goto(`${server.base}/dang-nhap?tiep=/thu-tuc`);
        assert.deepEqual(await overflowing(page), []);
        await signIn(page, "man");
        assert.equal(new URL(page.url()).pathname, "/thu-tuc");
        assert.match(await page.locator("body").innerText(), /Lê Thị Mận/);
        const cookies = await page.context().cookies(server.base);
        const session = cookies.find((cookie) => cookie.name === "motcua_session");
        assert.ok(session.httpOnly && session.sameSite === "Lax");
        assert.ok(!cookies.some((cookie) => cookie.name === "motcua_sign_in"), "what was begun is forgotten");
        await page.context().close();
    });

    test("declining comes back with the sentence and the way on", async () => {
        const page = await openPage(browser);
        await page.goto(`${server.base}/dang-nhap?tiep=/thu-tuc`);
        await page.getByRole("link", { name: "Đăng nhập bằng Cổng thử" }).click();
        await page.getByRole("link", { name: /Cancel/ }).click();
        await page.waitForURL((url) => url.origin === server.base);
        assert.match(await page.locator("[role=alert]").innerText(), /Cổng thử cho biết việc đăng nhập đã bị từ chối/);
        assert.match(await page.getByRole("link", { name: "Đăng nhập bằng Cổng thử" }).getAttribute("href"), /tiep=%2Fthu-tuc/);
        await page.context().close();
    });

    test("signing out here and there", async () => {
        const page = await openPage(browser);
        await signIn(page, "man");
        await page.getByRole("button", { name: "Đăng xuất" }).first().click();
        await page.getByRole("link", { name: "Đăng xuất khỏi Cổng thử" }).click();
        await page.getByRole("button", { name: /Yes/ }).click();
        await page.waitForURL(`${server.base}/`);
        await page.goto(`${server.base}/tai-khoan`);
        assert.match(await page.locator("body").innerText(), /Đăng nhập/);
        await page.context().close();
    });

    test("a return that another browser began is refused", async () => {
        const page = await openPage(browser);
        await page.goto(`${server.base}/dang-nhap`);
        await page.getByRole("link", { name: "Đăng nhập bằng Cổng thử" }).click();
        // A link with somebody else's answer comes to a browser that has begun nothing.
        await answer(page, "man", () => page.context().clearCookies({ name: "motcua_sign_in" }));
        assert.match(await page.locator("[role=alert]").innerText(), /không bắt đầu từ trình duyệt này/);
        assert.ok(!(await page.context().cookies()).some((cookie) => cookie.name === "motcua_session"));
        await page.context().close();
    });

    test("one lets the other act, on a phone", async () => {
        const man = await openPage(browser, { width: phone }), nam = await openPage(browser, { width: phone });
        await signIn(man, "man", "/dang-nhap?tiep=/uy-quyen");
        assert.equal(new URL(man.url()).pathname, "/uy-quyen");
        // The provider did not say when she signed in there: she does so again.
        await man.getByRole("link", { name: "Xác nhận" }).click();
        await answer(man, "man");
        assert.equal(new URL(man.url()).pathname, "/uy-quyen");
        await man.getByLabel("Số định danh của người được ủy quyền").fill("091300000008");
        await man.getByLabel("Họ tên người được ủy quyền").fill("Trần Văn Nam");
        const soon = new Date(Date.now() + 7 * 86400_000).toISOString().slice(0, 10);
        await man.getByLabel("Đến hết ngày").fill(soon);
        await man.getByRole("button", { name: "Ủy quyền", exact: true }).click();
        assert.match(await man.locator("main").innerText(), /Trần Văn Nam/);
        assert.deepEqual(await overflowing(man), []);
        assert.deepEqual(await axe(man), []);
        await signIn(nam, "nam", "/dang-nhap?tiep=/uy-quyen");
        await nam.getByRole("button", { name: "Làm thay", exact: true }).click();
        assert.match(await nam.locator("body").innerText(), /Đang làm thay: Lê Thị Mận/);
        assert.deepEqual(await overflowing(nam), []);
        await nam.getByRole("button", { name: "Thôi làm thay" }).click();
        assert.doesNotMatch(await nam.locator("body").innerText(), /Đang làm thay/);
        await man.context().close();
        await nam.context().close();
    });
});
