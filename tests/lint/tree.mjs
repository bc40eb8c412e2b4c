// The tree as a whole: no personal paths, registry addresses, unfinished marks or large binaries; every source folder has its
// README, every Debian and npm package its line in docs/dependencies.md, and every relative link of the documentation leads to a file.
import { existsSync, readFileSync, statSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";

const files = execFileSync("git", ["-c", `safe.directory=${process.cwd()}`, "ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
    .split("\n").filter((file) => file && existsSync(file));
const problems = [];
const forbidden = [
    [/(?<![\w-])\/(home|Users|root|work)\/[\w.-]+/, "a path of one machine"],
    [/registry\.(npmjs|yarnpkg)|"resolved":/, "the address of a package registry"],
    [/\b(TODO|FIXME|XXX|HACK)\b/, "an unfinished mark"],
];
const bytes_max = 4 << 20;
for (const file of files) {
    const { size } = statSync(file);
    if (size > bytes_max) problems.push(`${file}: ${size} bytes; the tree takes files up to ${bytes_max}`);
    if (size > bytes_max || file === "tests/lint/tree.mjs") continue;
    const text = readFileSync(file, "utf8");
    if (text.includes("\0")) continue;
    for (const [pattern, what] of forbidden) {
        // Data for people (laws, sentences) may hold any letters; only sources, scripts and documents are held to the last rule.
        if (what === "an unfinished mark" && /^(data|tests\/vectors)\//.test(file)) continue;
        const at = pattern.exec(text);
        if (at) problems.push(`${file}:${text.slice(0, at.index).split("\n").length}: ${what} (${at[0]})`);
    }
    if (/\.md$/.test(file))
        for (const [, target] of text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g))
            if (!existsSync(join(dirname(file), target))) problems.push(`${file}: the link to ${target} leads nowhere`);
}

for (const folder of new Set(files.map((file) => /^src\/(\w+)\//.exec(file)?.[1]).filter(Boolean)))
    if (!existsSync(`src/${folder}/README.md`)) problems.push(`src/${folder}: README.md is missing`);

const dependencies = readFileSync("docs/dependencies.md", "utf8");
const packages = readFileSync("packaging/debian-packages.txt", "utf8")
    .split("\n").filter((line) => line && !line.startsWith("#")).map((line) => line.split(/\s+/)[1]);
const web = JSON.parse(readFileSync("web/package.json", "utf8"));
const node = JSON.parse(readFileSync("packaging/node/package.json", "utf8"));
for (const name of [...packages, ...[web, node].flatMap((p) => Object.keys({ ...p.dependencies, ...p.devDependencies, ...p.optionalDependencies }))])
    if (!dependencies.includes(`\`${name}\``)) problems.push(`docs/dependencies.md says nothing of ${name}`);

for (const problem of problems) console.error(problem);
console.log(`${files.length} files`);
process.exitCode = problems.length ? 1 : 0;
