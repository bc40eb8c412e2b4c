// Sums up the JUnit files of one ./dev test: failures by name, what was skipped and why, and the closing line
// "N passed, N failed, N skipped". usage: report.mjs FOLDER PART… (a part that left no report counts as one failure)
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...parts] = process.argv.slice(2);
const unescape = (text) =>
    text.replace(/&(lt|gt|quot|apos|amp|#(\d+)|#x([\da-f]+));/gi, (_, name, dec, hex) =>
        dec ? String.fromCodePoint(+dec) : hex ? String.fromCodePoint(parseInt(hex, 16)) : { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" }[name]);
const attribute = (head, name) => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(head)?.[1] ?? "");

let passed = 0;
const failed = [];
const skipped = new Map();
for (const part of parts) {
    const file = join(folder, `${part}.xml`);
    const xml = existsSync(file) ? readFileSync(file, "utf8") : "";
    const cases = [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)];
    if (cases.length === 0) failed.push(`${part}: ran no test`);
    for (const [, head, body = ""] of cases) {
        const name = `${part}: ${attribute(head, "name")}`;
        const skip = /<skipped\b([^>]*)>/.exec(body);
        if (/<(failure|error)\b/.test(body) || attribute(head, "status") === "fail") failed.push(name);
        else if (skip || attribute(head, "status") === "notrun" || attribute(head, "status") === "disabled") {
            // GoogleTest prints "file:line: Skipped" and the reason on the next line; the others give it as the message.
            const printed = /: Skipped\n+([^\n]*)/.exec(unescape(body))?.[1]?.trim();
            const reason = printed || attribute(skip?.[1] ?? "", "message") || "no reason given";
            skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
        } else passed++;
    }
}

for (const [reason, names] of skipped) {
    const shown = names.slice(0, 3).join(", ");
    console.log(`skipped ${names.length} (${reason}): ${shown}${names.length > 3 ? ", …" : ""}`);
}
for (const name of failed) console.log(`FAILED ${name}`);
const skips = [...skipped.values()].reduce((sum, names) => sum + names.length, 0);
console.log(`${passed} passed, ${failed.length} failed, ${skips} skipped`);
process.exitCode = failed.length || passed === 0 ? 1 : 0;
