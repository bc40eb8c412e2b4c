// clang-tidy 19 over every source that ships (tests and benchmarks aside), as many at once as there are cores. A file is looked at again
// only when it, a header of the tree that it includes, or .clang-tidy changed: what was found good is remembered in build/lint.
// usage: tidy.mjs [FILE…]   needs build/dev/compile_commands.json (configured when missing)
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { relative } from "node:path";

const known = "build/lint";
mkdirSync(known, { recursive: true });
execFileSync("cmake", ["--preset", "dev"], { stdio: ["ignore", "ignore", "inherit"] });

const text = new Map();
const read = (file) => text.get(file) ?? text.set(file, existsSync(file) ? readFileSync(file, "utf8") : "").get(file);
function closure(file, seen = new Set()) {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const [, target] of read(file).matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) closure(`src/${target}`, seen);
    return seen;
}
const config = readFileSync(".clang-tidy", "utf8");
const fingerprint = (file) =>
    createHash("sha256").update(config).update([...closure(file)].sort().map((f) => `${f}\0${read(f)}\0`).join("")).digest("hex");

// Fuzzers and the like are not compiled in this preset.
const compiled = new Set(JSON.parse(readFileSync("build/dev/compile_commands.json", "utf8")).map(({ file }) => relative(".", file)));
const all = readdirSync("src", { recursive: true }).filter((f) => f.endsWith(".cpp") && !/(_test|testing)\.cpp$/.test(f)).map((f) => `src/${f}`).sort();
const files = process.argv.length > 2 ? process.argv.slice(2) : all.filter((file) => compiled.has(file));
const due = files.filter((file) => !existsSync(`${known}/${fingerprint(file)}`));
const queue = [...due];
let bad = 0;

async function worker() {
    for (let file; (file = queue.shift()); ) {
        const said = await new Promise((resolve) => {
            const child = spawn("clang-tidy-19", ["-p", "build/dev", "--quiet", file], { stdio: ["ignore", "pipe", "pipe"] });
            let out = "", err = "";
            child.stdout.on("data", (bytes) => (out += bytes));
            child.stderr.on("data", (bytes) => (err += bytes));
            child.on("error", (error) => resolve(String(error)));
            child.on("close", (code) => resolve(code === 0 ? "" : out || err));
        });
        if (said) {
            bad++;
            console.error(said.trim());
        } else writeFileSync(`${known}/${fingerprint(file)}`, "");
    }
}
await Promise.all(Array.from({ length: cpus().length }, worker));
console.log(`${files.length} files, ${due.length} looked at, ${bad} with findings`);
process.exitCode = bad ? 1 : 0;
