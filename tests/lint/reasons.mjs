// Every refusal that the C++ code can utter ("module.what") has a Vietnamese and an English sentence in data/messages, the sentences
// use the same placeholders, Vietnamese is NFC, and no sentence belongs to a refusal that nobody utters.
import { readFileSync, readdirSync } from "node:fs";

const problems = [];
const sentences = new Map();
for (const file of readdirSync("data/messages")) {
    for (const [reason, text] of Object.entries(JSON.parse(readFileSync(`data/messages/${file}`, "utf8")))) {
        if (sentences.has(reason)) problems.push(`${file}: ${reason} is also in ${sentences.get(reason)}`);
        sentences.set(reason, file);
        for (const lang of ["vi", "en"]) if (!text[lang]?.trim()) problems.push(`${file}: ${reason} has no “${lang}” sentence`);
        const names = (s = "") => [...new Set([...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort().join(",");
        if (names(text.vi) !== names(text.en)) problems.push(`${file}: ${reason} has different placeholders in vi (${names(text.vi)}) and en (${names(text.en)})`);
        if ((text.vi ?? "") !== (text.vi ?? "").normalize("NFC")) problems.push(`${file}: ${reason}: the Vietnamese sentence is not in NFC`);
    }
}

// A refusal is a string "word.word" given to fail(Errc::…), to a FieldError or to a Flaw; the other places are found by a module
// name that has sentences. Names of metrics, files, settings and permissions look alike and are told apart by their use.
const modules = new Set([...sentences.keys()].map((reason) => reason.split(".")[0]));
const uttered = new Map();
const literal = /"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)"/g;
const certain = /(?:fail\(\s*(?:::?\w+::)?(?:motcua::)?Errc::\w+\s*,\s*|FieldError\s*\{[^{}"]*(?:"[^"]*"[^{}"]*)?,\s*|Flaw\s*\{\s*|\breason\s*=\s*|Error\s*\{\s*Errc::\w+\s*,\s*)"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)"/g;
let all = "";
for (const path of readdirSync("src", { recursive: true })) {
    if (!/\.(hpp|cpp)$/.test(path) || /(_test|testing)\.[ch]pp$/.test(path)) continue;
    const text = readFileSync(`src/${path}`, "utf8").replace(/^\s*\/\/.*$/gm, "");
    all += text;
    for (const [, reason] of text.matchAll(certain)) uttered.set(reason, path);
    for (const [, word] of text.matchAll(literal)) if (sentences.has(word)) uttered.set(word, path);
    for (const [, place] of text.matchAll(/\{(portal\.[a-z0-9_]+)\}/g)) uttered.set(place, path); // patterns of pages
}
for (const [reason, path] of uttered) if (!sentences.has(reason)) problems.push(`src/${path}: “${reason}” has no sentence in data/messages`);
// Names may be put together from a part that varies ("forms.def_" + what, "dossier.event." + type): then the beginning is a literal.
// A sentence may also take a part from a family of others: "{state:dossier.state}".
const families = [...readdirSync("data/messages").map((file) => readFileSync(`data/messages/${file}`, "utf8")).join("\n").matchAll(/\{\w+:([a-z_.]+)\}/g)].map((m) => `${m[1]}.`);
const beginnings = [...families, ...[...all.matchAll(/"([a-z][a-z0-9_]*\.(?:[a-z0-9_.]*[_.])?)(?:\{\})?"/g)].map((m) => m[1])];
const web = readdirSync("web/src", { recursive: true })
    .filter((file) => /\.(ts|svelte)$/.test(file))
    .map((file) => readFileSync(`web/src/${file}`, "utf8"))
    .join("\n");
for (const [reason, file] of sentences)
    if (!uttered.has(reason) && !beginnings.some((b) => reason.startsWith(b)) && !web.includes(`"${reason}"`))
        problems.push(`${file}: nothing in src/ says “${reason}”`);

for (const problem of problems) console.error(problem);
console.log(`${sentences.size} sentences, ${modules.size} modules`);
process.exitCode = problems.length ? 1 : 0;
