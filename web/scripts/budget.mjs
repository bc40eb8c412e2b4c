// Size budgets of web/dist in bytes on the wire (brotli 11). A budget that is met by habit is worth more than one that is met by a rescue:
// raise one only together with the reason in the commit.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const KB = 1024;
// A page of content needs next to no script; a page with a form brings the form engine and its expression language (12 KB) and Svelte (15 KB).
const budgets = { page: 10 * KB, form_page: 45 * KB, style: 6 * KB, requests: 4 };
const form_pages = ["file", "counter"];

const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
const size = (path) => brotliCompressSync(readFileSync(join(dist, path))).length;
const problems = [];
const limit = (what, value, max) => value > max && problems.push(`${what}: ${value} is more than ${max}`);

for (const [page, { script, preload }] of Object.entries(manifest.pages)) {
    for (const lang of ["vi", "en"]) {
        const shell = `shells/${page}.${lang}.html`;
        const files = [script, ...preload];
        const total = size(shell) + files.reduce((sum, file) => sum + size(file), 0);
        limit(`${shell} with its scripts`, total, form_pages.includes(page) ? budgets.form_page : budgets.page);
        limit(`${shell} requests`, 1 + files.length, budgets.requests);
        const style = readFileSync(join(dist, shell), "utf8").match(/<style[^>]*>(.*?)<\/style>/s)[1];
        limit(`${shell} style`, brotliCompressSync(style).length, budgets.style);
        if (lang === "vi") console.log(`budget: ${page.padEnd(10)} ${String(total).padStart(6)} bytes, ${1 + files.length} requests`);
    }
}
for (const problem of problems) console.error(`budget: ${problem}`);
process.exitCode = problems.length ? 1 : 0;
