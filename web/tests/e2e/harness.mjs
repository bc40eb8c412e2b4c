// What every browser test needs: a motcua of its own on a free port with a fresh data directory, headless Chromium, axe, and checks
// of width and focus. The program comes from $MOTCUA (./dev test sets it), the browser from $CHROMIUM or /usr/bin/chromium.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const axeRules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

export const widths = { phone: 320, desktop: 1280 };

function freePort() {
    return new Promise((resolve, reject) => {
        const probe = createServer().on("error", reject);
        probe.listen(0, "127.0.0.1", () => {
            const { port } = probe.address();
            probe.close(() => resolve(port));
        });
    });
}

/** Runs the program once with `args` (an import, say); rejects with what it said when it fails. */
export function run(...args) {
    return new Promise((resolve, reject) => {
        const child = spawn(process.env.MOTCUA, args, { stdio: ["ignore", "pipe", "pipe"] });
        let said = "";
        child.stdout.on("data", (bytes) => (said += bytes));
        child.stderr.on("data", (bytes) => (said += bytes));
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolve(said) : reject(new Error(`motcua ${args.join(" ")}: exit ${code}\n${said}`))));
    });
}

/**
 * Starts `motcua VERB` (serve or demo) on a free port and waits until it is ready.
 * `prepare` gets the data directory and the address it will have; what it answers goes into the program's environment.
 * @returns {Promise<{base: string, data: string, log: () => string, stop: () => Promise<number>}>} stop resolves with the exit code
 */
export async function startServer({ verb = "serve", prepare } = {}) {
    const data = mkdtempSync(join(tmpdir(), "motcua-e2e-"));
    const port = await freePort();
    const more = await prepare?.(data, `http://127.0.0.1:${port}`);
    const child = spawn(process.env.MOTCUA, [verb, "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...more } });
    let said = "";
    child.stdout.on("data", (bytes) => (said += bytes));
    child.stderr.on("data", (bytes) => (said += bytes));
    const ended = new Promise((resolve) => child.on("close", resolve));
    const base = `http://127.0.0.1:${port}`;
    for (const until = Date.now() + 120_000; ; await new Promise((go) => setTimeout(go, 50))) {
        const ready = await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false);
        if (ready) break;
        if (child.exitCode !== null || Date.now() > until) {
            child.kill("SIGKILL");
            throw new Error(`motcua ${verb} did not become ready\n${said}`);
        }
    }
    return {
        base,
        data,
        log: () => said,
        stop: async () => {
            child.kill("SIGTERM");
            const code = await ended;
            rmSync(data, { recursive: true, force: true });
            return code;
        },
    };
}

/** Headless Chromium that talks to nobody but the pages under test. */
export function startBrowser() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}

/** A page of its own context; errors of scripts and refused resources are collected in `page.problems`. */
export async function openPage(browser, { width = widths.desktop, javascript = true, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, javaScriptEnabled: javascript, locale: "vi-VN", reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
    return page;
}

/** axe's findings on the page as it stands, one readable line each; [] is what a test expects. */
export async function axe(page) {
    await page.evaluate(axeSource);
    const result = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), axeRules);
    return result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} (${rule.help})`));
}

/** Elements that stick out to the right of the viewport (scrolling boxes of their own aside); [] means no sideways scrolling. */
export function overflowing(page) {
    return page.evaluate(() => {
        if (document.documentElement.scrollWidth <= document.documentElement.clientWidth) return [];
        return [...document.querySelectorAll("body *")]
            .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".table"))
            .slice(0, 5)
            .map((e) => `<${e.tagName.toLowerCase()} class="${e.className}">${e.textContent.trim().slice(0, 40)}`);
    });
}

/** Tabs through the page; returns the stops whose box is outside the viewport or that show no outline. */
export async function unseenFocus(page, stops_max = 60) {
    const unseen = [];
    await page.evaluate(() => document.activeElement?.blur());
    for (let i = 0; i < stops_max; i++) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate(() => {
            const e = document.activeElement;
            if (!e || e === document.body) return null;
            const box = e.getBoundingClientRect();
            const style = getComputedStyle(e);
            const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && style.outlineStyle !== "none";
            return { seen, what: `<${e.tagName.toLowerCase()}> ${(e.textContent || e.name || "").trim().slice(0, 40)}` };
        });
        if (!stop) break;
        if (!stop.seen) unseen.push(stop.what);
    }
    return unseen;
}
