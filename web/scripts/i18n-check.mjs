// Message catalogues: both languages have the same keys and placeholders, Vietnamese is NFC, no key is unused and none is missing.
// Keys that are built at run time are listed by their beginning.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const built = ["nav.", "address."];
const problems = [];
const load = (lang, name) => JSON.parse(readFileSync(join(web, "messages", lang, name), "utf8"));
const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join(",");

const source = readdirSync(join(web, "src"), { recursive: true })
    .filter((file) => /\.(ts|svelte)$/.test(file) && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(web, "src", file), "utf8"))
    .join("\n");
const used = new Set([...source.matchAll(/\bt\(\s*["'`]([\w.]+)["'`]/g)].map((m) => m[1]));
const known = new Set();

for (const name of readdirSync(join(web, "messages/vi"))) {
    const vi = load("vi", name);
    const en = load("en", name);
    for (const key of new Set([...Object.keys(vi), ...Object.keys(en)])) {
        known.add(key);
        const [a, b] = [vi[key], en[key]];
        if (!a || !b) problems.push(`${name}: “${key}” has no ${a ? "English" : "Vietnamese"} sentence`);
        else {
            if (placeholders(a) !== placeholders(b)) problems.push(`${name}: “${key}” has different placeholders in the two languages`);
            if (a !== a.normalize("NFC")) problems.push(`${name}: “${key}” is not in NFC`);
        }
        if (!used.has(key) && !built.some((prefix) => key.startsWith(prefix))) problems.push(`${name}: “${key}” is used nowhere`);
    }
}
for (const key of used) if (!known.has(key)) problems.push(`src: “${key}” is in no catalogue`);

for (const problem of problems) console.error(`messages: ${problem}`);
console.log(`messages: ${known.size} sentences in two languages, ${problems.length} problems`);
process.exitCode = problems.length ? 1 : 0;
