// The direction of includes: app → features → engines, ledger, http → db → base (docs/architecture.md). A file may include its own
// folder and the folders named for it here; a feature reaches another feature only through headers at the top of that folder.
// Beast and Asio stay inside src/http. A folder that is not in the table fails: put it where it belongs.
import { readFileSync, readdirSync } from "node:fs";

const base = ["base", "resources"];
const engines = ["expression", "calendar", "process", "forms", "merkle", "jose"];
const services = ["db", "ledger", "http", "oidc", "sending"];
const features = ["organisation", "catalogue", "audit", "identity", "privacy", "definitions", "documents", "dossier", "transparency", "reporting", "reception", "payment", "notification",
    "petition", "survey", "exchange", "assistant", "enterprise", "reform"];
const allowed = {
    base: [],
    resources: ["base"],
    expression: base,
    calendar: base,
    process: [...base, "expression", "calendar"],
    forms: [...base, "expression", "calendar"],
    merkle: base,
    jose: base,
    db: base,
    ledger: [...base, "db", "merkle"],
    http: [...base, "db", "ledger"],
    sending: base,
    oidc: [...base, "db", "ledger", "jose", "http"],
    ...Object.fromEntries(features.map((name) => [name, [...base, ...engines, ...services, ...features]])),
    simulation: [...base, ...engines, ...services, ...features],
    portal: [...base, ...engines, ...services, ...features],
    app: [...base, ...engines, ...services, ...features, "simulation", "portal"],
    "": [...base, ...engines, ...services, ...features, "simulation", "portal", "app"],
};

const problems = [];
const reached = new Map();
let files = 0;
for (const path of readdirSync("src", { recursive: true }).sort()) {
    if (!/\.(hpp|cpp)$/.test(path)) continue;
    files++;
    const folder = path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
    if (!(folder in allowed)) {
        problems.push(`src/${path}: folder “${folder}” has no place in tests/lint/includes.mjs`);
        continue;
    }
    const text = readFileSync(`src/${path}`, "utf8");
    for (const [, quote, target] of text.matchAll(/^\s*#\s*include\s+(["<])([^">]+)[">]/gm)) {
        if (/^boost\/(beast|asio)/.test(target) && folder !== "http") problems.push(`src/${path}: <${target}> belongs to src/http`);
        if (quote !== '"') continue;
        const [other] = target.split("/");
        if (!target.includes("/")) problems.push(`src/${path}: "${target}": write the folder`);
        else if (!(other in allowed)) problems.push(`src/${path}: "${target}": unknown folder`);
        else if (other !== folder && !allowed[folder].includes(other) && !/_test\.cpp$/.test(path))
            problems.push(`src/${path}: “${folder}” may not use "${target}"`);
        else if (other !== folder && !/_test\.cpp$/.test(path)) reached.set(folder, (reached.get(folder) ?? new Set()).add(other));
    }
}
// Whatever the table permits, two folders never need each other.
const walk = (from, seen) => {
    for (const next of reached.get(from) ?? []) {
        if (seen.includes(next)) problems.push(`folders in a circle: ${[...seen.slice(seen.indexOf(next)), next].join(" → ")}`);
        else walk(next, [...seen, next]);
    }
};
for (const folder of reached.keys()) walk(folder, [folder]);

for (const problem of [...new Set(problems)]) console.error(problem);
console.log(`${files} files`);
process.exitCode = problems.length ? 1 : 0;
