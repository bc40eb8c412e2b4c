// Builds web/dist: hashed and pre-compressed assets, one HTML shell a page and language, manifest.json.
// The server embeds the folder and fills the slots of the shells (web/README.md); nothing of Node.js is left at run time.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { svelte } from "@sveltejs/vite-plugin-svelte";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(web, "dist");
const ssr = join(web, "dist-ssr");
const common = {
    root: web,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    plugins: [svelte({ configFile: false, emitCss: false })],
};

rmSync(dist, { recursive: true, force: true });
rmSync(ssr, { recursive: true, force: true });

await build({ ...common, build: { ssr: "src/shell/server.ts", outDir: ssr, cssMinify: true } });
const shell = await import(join(ssr, "server.js"));

const scripts = [...new Set(shell.pages.map((page) => page.script))];
await build({
    ...common,
    build: {
        outDir: dist,
        manifest: true,
        target: "chrome73",
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        rolldownOptions: {
            input: Object.fromEntries(scripts.map((name) => [name, join(web, `src/pages/${name}.ts`)])),
            output: { entryFileNames: "assets/[name].[hash].js", chunkFileNames: "assets/[name].[hash].js" },
        },
    },
});

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 8);
const write = (path, bytes) => {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), bytes);
};
const messages = (lang, name) => JSON.parse(readFileSync(join(web, `messages/${lang}/${name}.json`), "utf8"));
// What the form engine says about an answer: the server's own sentences; those about definitions never reach a page.
const reasons = (lang) =>
    Object.fromEntries(
        Object.entries(JSON.parse(readFileSync(join(web, "../data/messages/forms.json"), "utf8")))
            .filter(([reason]) => !/^forms\.(def_|carry_|fragments_|definition_)/.test(reason))
            .map(([reason, text]) => [reason, text[lang]]),
    );
const inScript = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");

const icon = readFileSync(join(web, "static/icon.svg"));
const iconPath = `assets/icon.${hash(icon)}.svg`;
write(iconPath, icon);

const chunks = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
rmSync(join(dist, ".vite"), { recursive: true });
const preloads = (chunk, seen = new Set()) => {
    for (const key of chunk.imports ?? []) {
        if (!seen.has(chunks[key].file)) {
            seen.add(chunks[key].file);
            preloads(chunks[key], seen);
        }
    }
    return [...seen];
};

const css = shell.css.trim();
const manifest = {
    style: `sha256-${createHash("sha256").update(css).digest("base64")}`,
    icon: `/${iconPath}`,
    pages: {},
};
for (const page of shell.pages) {
    const chunk = chunks[`src/pages/${page.script}.ts`];
    const needed = [...preloads(chunk)];
    manifest.pages[page.name] = { script: `/${chunk.file}`, preload: needed.map((file) => `/${file}`) };
    for (const lang of shell.languages) {
        const texts = page.messages
            ? `<script type="application/json" id="m">${inScript({ ...messages(lang, page.messages), ...reasons(lang) })}</script>`
            : "";
        write(
            `shells/${page.name}.${lang}.html`,
            `<!doctype html><html lang="${lang}" class="<!--#class-->"><head><meta charset="utf-8">` +
                `<meta name="viewport" content="width=device-width,initial-scale=1"><title><!--#title--></title>` +
                `<meta name="csrf-token" content="<!--#csrf-->"><meta name="format-detection" content="telephone=no">` +
                `<link rel="icon" href="/${iconPath}" type="image/svg+xml"><style nonce="<!--#nonce-->">${css}</style>` +
                needed.map((file) => `<link rel="modulepreload" href="/${file}">`).join("") +
                `<script type="module" src="/${chunk.file}"></script></head><body>` +
                shell.body(page, lang, messages(lang, "common")) +
                `${texts}<script type="application/json" id="d"><!--#data--></script></body></html>\n`,
        );
    }
}
write("manifest.json", `${JSON.stringify(manifest, null, 1)}\n`);

for (const file of readdirSync(join(dist, "assets"))) {
    const bytes = readFileSync(join(dist, "assets", file));
    write(`assets/${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    write(`assets/${file}.gz`, gzipSync(bytes, { level: 9 }));
}
rmSync(ssr, { recursive: true });
