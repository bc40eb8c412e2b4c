// Built shells without the program: the browser's own requests are answered from web/dist, with the slots filled by the test.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const web = fileURLToPath(new URL("../../", import.meta.url));
export const origin = "http://motcua.test";

const escaped = (data) => JSON.stringify(data ?? {}).replaceAll("<", "\\u003c");
// The policy that web/README.md promises every page to meet; axe and the tests add nothing to a page but through the debugger.
const policy = (style) =>
    `default-src 'self'; script-src 'self'; style-src 'self' '${style}'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

/**
 * Serves shell `name` for every address, assets from dist, and what `api(request)` returns ({status, body, headers} or "abort")
 * for everything that is not a GET.
 */
export async function serveShell(page, name, { api, data, ...slots }) {
    const { style } = JSON.parse(readFileSync(`${web}dist/manifest.json`, "utf8"));
    await page.route(`${origin}/**`, async (route) => {
        const request = route.request();
        const { pathname, searchParams } = new URL(request.url());
        if (request.method() !== "GET") {
            const answer = await api(request);
            if (answer === "abort") return route.abort("internetdisconnected");
            return route.fulfill({ status: answer.status, headers: answer.headers, contentType: answer.type ?? "application/json", body: JSON.stringify(answer.body) });
        }
        if (pathname.startsWith("/assets/")) return route.fulfill({ path: `${web}dist${pathname}` });
        const shell = readFileSync(`${web}dist/shells/${name}.${searchParams.get("lang") ?? "vi"}.html`, "utf8");
        const filled = { csrf: "token", data: escaped(data), ...slots };
        const body = shell.replace(/<!--#(\w+)-->/g, (_, slot) => filled[slot] ?? "");
        return route.fulfill({ contentType: "text/html; charset=utf-8", headers: { "Content-Security-Policy": policy(style) }, body });
    });
}
